import type { HostFacts } from '../../probe/host.ts';
import { bytesText } from '../../text/quantity.ts';
import { type Line, line } from '../frame/line.ts';
import { prose } from '../frame/prose.ts';
import { WORDS } from '../words.ts';

/** The machine itself: what it is, and whether it has power. */
export function hostLines(host: HostFacts, width: number): Line[] {
  const {
    maker,
    model,
    processor,
    processorCores,
    memoryBytes,
    memoryFreeBytes,
    firmware,
    onMains,
    batteryPercent,
  } = host;
  const what = [maker, model].filter(Boolean).join(' ');
  const how = [processor, processorCores === undefined ? '' : `${processorCores} cores`]
    .filter(Boolean)
    .join(', ');
  const memory = WORDS.disks.memory(bytesText(memoryFreeBytes), bytesText(memoryBytes));
  const secure = firmware.secureBoot === undefined ? '' : WORDS.disks.secureBoot(firmware.secureBoot);
  const start = [firmware.kind === 'uefi' ? 'UEFI' : 'BIOS', secure].filter(Boolean).join(', ');
  const lines = [what, how, `${memory}, ${start}`].filter(Boolean).map((text) => line(text));
  return onMains === false ? [...lines, ...prose(WORDS.disks.battery(batteryPercent), width, 'warn')] : lines;
}
