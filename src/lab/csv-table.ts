// PURE: rows as psql --csv prints them. Not here: asking (psql.ts).

/** What psql prints for null: no value of anybody is this. */
export const csvNull = '\u0001hl-null\u0001'

export interface CsvTable {
  readonly columns: readonly string[]
  /** Values in PostgreSQL's text form, by column; a name that comes twice is numbered. */
  readonly rows: readonly Readonly<Record<string, string | null>>[]
}

/** null: it is no table, or several of different columns. */
export function csvTable(text: string): CsvTable | null {
  const [header, ...lines] = records(text)
  if (header === undefined) return {columns: [], rows: []}
  if (lines.some(line => line.length !== header.length)) return null
  const columns = header.map((name, index) => {
    const before = header.slice(0, index).filter(other => other === name).length
    return before === 0 ? name : `${name}_${before + 1}`
  })
  const valueOf = (text: string | undefined): string | null => (text === undefined || text === csvNull ? null : text)
  return {
    columns,
    rows: lines.map(line => Object.fromEntries(columns.map((name, index) => [name, valueOf(line[index])]))),
  }
}

/** RFC 4180: a field in quotes holds commas, line breaks and doubled quotes. */
function records(text: string): readonly (readonly string[])[] {
  const all: string[][] = []
  let record: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === ',') continue
    if (record.length > 1 || record[0] !== '' || quoted !== undefined || end === '\n') all.push(record)
    record = []
  }
  return all
}
