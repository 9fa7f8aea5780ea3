/** More was to be read of a disk than a mere look is worth: damaged structures can lead anywhere. */
export class ReadingLimit extends Error {
  constructor() {
    super('The limit of what is read for a look is reached.');
    this.name = 'ReadingLimit';
  }
}
