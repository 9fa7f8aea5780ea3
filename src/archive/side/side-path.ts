/** Where the side file of an archive is: beside it, under its name and `.side`. */
export const sidePath = (archive: string): string => `${archive}.side`;
