/**
 * Answers of `smartctl --json` in its own fields (smartmontools 7.3), cut to those that matter, for disks that are
 * not at hand.
 */

/** Attribute as smartctl prints it; `failed` is its `when_failed`. */
export function attribute(
  id: number,
  name: string,
  raw: number,
  more: { text?: string; failed?: 'now' | 'past'; prefailure?: boolean } = {},
): object {
  const { text = String(raw), failed = '', prefailure = false } = more;
  return {
    id,
    name,
    value: failed === 'now' ? 1 : 100,
    worst: failed === '' ? 100 : 1,
    thresh: 10,
    when_failed: failed,
    flags: { value: prefailure ? 51 : 50, string: prefailure ? 'PO--CK ' : '-O--CK ', prefailure },
    raw: { value: raw, string: text },
  };
}

/** A SATA disk; `table` are its attributes beside the usual ones. */
export function ataAnswer(
  table: readonly object[],
  more: { passed?: boolean; errors?: readonly string[]; tests?: readonly (boolean | undefined)[] } = {},
): object {
  const { passed = true, errors = [], tests = [] } = more;
  return {
    json_format_version: [1, 0],
    smartctl: { version: [7, 3], exit_status: passed ? 0 : 8 },
    device: { name: '/dev/sda', info_name: '/dev/sda [SAT]', type: 'sat', protocol: 'ATA' },
    model_name: 'WDC WD10EZEX-08WN4A0',
    smart_support: { available: true, enabled: true },
    smart_status: { passed },
    ata_smart_attributes: {
      revision: 16,
      table: [
        attribute(1, 'Raw_Read_Error_Rate', 199781349, { prefailure: true }),
        attribute(7, 'Seek_Error_Rate', 3275107577, { prefailure: true }),
        attribute(188, 'Command_Timeout', 4295032853),
        attribute(194, 'Temperature_Celsius', 65575911, { text: '39 (Min/Max 14/56)' }),
        ...table,
      ],
    },
    power_on_time: { hours: 41220 },
    power_cycle_count: 1203,
    temperature: { current: 39 },
    ata_smart_error_log: {
      summary: {
        revision: 1,
        count: errors.length,
        table: errors.map((error_description, index) => ({
          error_number: errors.length - index,
          lifetime_hours: 41000,
          error_description,
        })),
      },
    },
    ata_smart_self_test_log: {
      standard: {
        revision: 1,
        table: tests.map((outcome) => ({
          type: { value: 1, string: 'Short offline' },
          status:
            outcome === undefined
              ? { value: 16, string: 'Aborted by host', remaining_percent: 80 }
              : outcome
                ? { value: 0, string: 'Completed without error', passed: true }
                : { value: 121, string: 'Completed: read failure', remaining_percent: 90, passed: false },
          lifetime_hours: 41000,
          ...(outcome === false && { lba: 1048576128 }),
        })),
      },
    },
  };
}

export function nvmeAnswer(log: Readonly<Record<string, number>> = {}, passed = true): object {
  return {
    smartctl: { version: [7, 3], exit_status: 0 },
    device: { name: '/dev/nvme0n1', info_name: '/dev/nvme0n1', type: 'nvme', protocol: 'NVMe' },
    model_name: 'Samsung SSD 980 PRO 2TB',
    smart_status: { passed, nvme: { value: passed ? 0 : 4 } },
    nvme_smart_health_information_log: {
      critical_warning: 0,
      temperature: 38,
      available_spare: 100,
      available_spare_threshold: 10,
      percentage_used: 3,
      data_units_read: 29180222,
      data_units_written: 31570911,
      power_on_hours: 2104,
      unsafe_shutdowns: 17,
      media_errors: 0,
      num_err_log_entries: 0,
      ...log,
    },
    temperature: { current: 38 },
    power_cycle_count: 820,
    power_on_time: { hours: 2104 },
  };
}

export function scsiAnswer(grown: number, uncorrectedReads: number, passed = true): object {
  const counter = (total: number): object => ({
    errors_corrected_by_eccfast: 12,
    total_uncorrected_errors: total,
  });
  return {
    smartctl: { version: [7, 3], exit_status: 0 },
    device: { name: '/dev/sdc', info_name: '/dev/sdc', type: 'scsi', protocol: 'SCSI' },
    scsi_vendor: 'SEAGATE',
    smart_status: { passed },
    temperature: { current: 31, drive_trip: 60 },
    power_on_time: { hours: 17, minutes: 3 },
    scsi_grown_defect_list: grown,
    scsi_error_counter_log: { read: counter(uncorrectedReads), write: counter(0), verify: counter(0) },
  };
}

/** A USB case that smartctl does not know. */
export const UNKNOWN_BRIDGE = {
  smartctl: {
    version: [7, 3],
    messages: [{ string: '/dev/sdb: Unknown USB bridge [0x1234:0x5678 (0x100)]', severity: 'error' }],
    exit_status: 1,
  },
};

/** As it was printed for a virtio disk. */
export const VIRTUAL_DISK = {
  json_format_version: [1, 0],
  smartctl: {
    version: [7, 3],
    argv: ['smartctl', '--json', '-a', '/dev/vda'],
    messages: [{ string: '/dev/vda: Unable to detect device type', severity: 'error' }],
    exit_status: 1,
  },
};
