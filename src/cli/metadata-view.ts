import type { MetadataListener } from '../clone/metadata/clone-metadata.ts';
import { plural } from '../text/quantity.ts';
import { CloneView } from './clone-view.ts';

/** What a metadata copy tells to people. */
export class MetadataView extends CloneView implements MetadataListener {
  /** The copy of a volume's structures is no measure of what is in use. */
  override space(): void {}

  override mismatches(count: number): void {
    const clusters = plural(count, 'cluster');
    this.say(`Files and $Bitmap differ in ${clusters}; what belongs to no file is left out.`);
  }

  override referencedTwice(cluster: number): void {
    this.say(`Cluster ${cluster} belongs to two files: what is in it is cleared.`);
  }

  wiping(): void {}

  wiped(): void {}
}
