import { safeText } from '../../text/safe.ts';
import { ataFigures, ataReasons } from './ata.ts';
import type { Health, HealthReason, HealthVerdict } from './health.ts';
import { dig, flagAt, listAt, numberAt, textAt } from './json.ts';
import { nvmeFigures, nvmeReasons, nvmeWear } from './nvme.ts';
import { scsiFigures, scsiReasons } from './scsi.ts';

/** From here on a disk counts as hot: makers rate hard disks up to 60 and solid ones up to 70 degrees Celsius. */
const HOT_ROTATING_C = 60;
const HOT_SOLID_C = 70;

const ORDER: readonly HealthVerdict[] = ['failing', 'worn', 'good', 'unknown'];

/** What smartctl's exit status says in its bits (man 8 smartctl): the device could not be opened. */
const STATUS_OPEN_FAILED = 2;

/** Says in plain words what the output of `smartctl --json` means. */
export function judgeHealth(json: unknown, rotational: boolean): Health {
  const passed = flagAt(json, 'smart_status', 'passed');
  const wearPercent = nvmeWear(json) ?? numberAt(json, 'endurance_used', 'current_percent');
  const temperatureC = numberAt(json, 'temperature', 'current');
  const powerOnHours = numberAt(json, 'power_on_time', 'hours');
  const powerCycles = numberAt(json, 'power_cycle_count');
  const figures = [...ataFigures(json), ...nvmeFigures(json), ...scsiFigures(json)];
  const reasons = [
    ...ownVerdict(passed),
    ...ataReasons(json),
    ...nvmeReasons(json),
    ...scsiReasons(json),
    ...wear(wearPercent),
    ...heat(temperatureC, rotational),
  ].sort((one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict));
  const worst = reasons[0]?.verdict;
  const tells = passed !== undefined || figures.length > 0;
  if (!tells) return unavailable(whyNot(json));
  return {
    state: 'known',
    // Nothing bad is known of a disk that passed; without its own verdict, only what is bad can be said.
    verdict: worst === 'failing' || worst === 'worn' ? worst : passed === true ? 'good' : 'unknown',
    reasons,
    ...(temperatureC !== undefined && { temperatureC }),
    ...(powerOnHours !== undefined && { powerOnHours }),
    ...(powerCycles !== undefined && { powerCycles }),
    ...(wearPercent !== undefined && { wearPercent }),
    figures,
  };
}

/** The health of a disk that does not tell, with the reason. */
export function unavailable(reason: Omit<HealthReason, 'verdict'>): Health {
  return {
    state: 'unavailable',
    verdict: 'unknown',
    reasons: [{ ...reason, verdict: 'unknown' }],
    figures: [],
  };
}

/**
 * Whether it was a USB bridge that answered, and not the disk in it: smartctl found no way through, or spoke SCSI,
 * which bridges answer themselves, with a friendly word for any disk.
 */
export const isHiddenByBridge = (json: unknown): boolean =>
  textAt(json, 'device', 'protocol') !== 'ATA' && textAt(json, 'device', 'protocol') !== 'NVMe';

/** The health of a disk whose USB bridge does not let it through. */
export const hiddenByBridge = (): Health =>
  unavailable({
    code: 'usb-bridge',
    message: 'The USB case of this disk does not let its health through.',
    advice: 'To know it, connect the disk to the computer itself.',
  });

const messages = (json: unknown): string[] =>
  listAt(json, 'smartctl', 'messages').flatMap((one) => textAt(one, 'string') ?? []);

function ownVerdict(passed: boolean | undefined): HealthReason[] {
  if (passed !== false) return [];
  return [
    {
      code: 'smart-failing',
      verdict: 'failing',
      message: 'The disk itself says that it is failing (SMART).',
      advice: 'Save what matters from it now, and use it for nothing else.',
    },
  ];
}

function wear(percent: number | undefined): HealthReason[] {
  if (percent === undefined || percent < 100) return [];
  return [
    {
      code: 'worn-out',
      verdict: 'worn',
      message: `The disk has had ${percent} % of the writing that its maker promises.`,
      advice: 'Save what matters from it soon, and replace it.',
    },
  ];
}

function heat(celsius: number | undefined, rotational: boolean): HealthReason[] {
  if (celsius === undefined || celsius < (rotational ? HOT_ROTATING_C : HOT_SOLID_C)) return [];
  return [
    {
      code: 'hot',
      verdict: 'good',
      message: `The disk is hot: ${celsius} degrees Celsius.`,
      advice: 'Give it air, and let it cool before you go on.',
    },
  ];
}

function whyNot(json: unknown): Omit<HealthReason, 'verdict'> {
  const said = messages(json);
  if (dig(json, 'smart_support', 'available') === false) {
    return { code: 'no-smart', message: 'This device keeps no record of its health (SMART).' };
  }
  if (dig(json, 'smart_support', 'enabled') === false) {
    return {
      code: 'smart-off',
      message: 'The record of the health (SMART) of this disk is switched off.',
    };
  }
  const status = numberAt(json, 'smartctl', 'exit_status') ?? 0;
  const detail = said[0] === undefined ? '' : ` (smartctl: ${safeText(said[0])})`;
  return (status & STATUS_OPEN_FAILED) !== 0
    ? { code: 'not-opened', message: `The disk could not be asked about its health${detail}.` }
    : { code: 'no-smart', message: `This device tells nothing of its health${detail}.` };
}
