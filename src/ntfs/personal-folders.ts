/** The word that stands for `PERSONAL_FOLDERS`. */
const PERSONAL = 'personal';

/** Where Windows keeps what people made themselves. */
const PERSONAL_FOLDERS: readonly string[] = [
  ...['Documents', 'Desktop', 'Pictures', 'Videos', 'Music', 'Downloads'].map((name) => `Users/*/${name}`),
  ...['Documents', 'Desktop', 'Pictures'].map((name) => `Users/*/OneDrive*/${name}`),
  // Windows XP, which names these folders in its own language.
  ...[
    'My Documents',
    'Desktop',
    'Eigene Dateien',
    'Mes documents',
    'Bureau',
    'Mis documentos',
    'Escritorio',
    'Documenti',
    'Meus documentos',
    'Mijn documenten',
  ].map((name) => `Documents and Settings/*/${name}`),
];

/** The patterns for which a word of `--first` stands. */
export function patternsFor(word: string): readonly string[] {
  return word === PERSONAL ? PERSONAL_FOLDERS : [word];
}
