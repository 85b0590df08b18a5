// Words of SQL by what they can be, for reading a statement without its grammar. Pure data, from the keyword categories
// of PostgreSQL 14 to 18. Not here: the rules that use them (classify-by-words.ts, may-be-call.ts).

/**
 * Never a function's name when written without quotes and schema, so that a parenthesis behind them opens something
 * else: the reserved keywords, and those that can name a column but not a function. Left out are the ones that call a
 * function of the caller's choice (treat) or a set of tables (json_table, xmltable).
 */
export const neverFunctions: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric between bigint bit boolean both case cast char character check
  coalesce collate column constraint create dec decimal default deferrable desc distinct do else end except exists
  extract false fetch float for foreign from grant greatest group grouping having in initially inout int integer
  intersect interval into json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
  json_serialize json_value lateral leading least limit localtime localtimestamp merge_action national nchar none
  normalize not null nullif numeric offset on only or order out overlay placing position precision primary real
  references returning row select session_user setof smallint some substring symmetric system_user table then time
  timestamp to trailing trim true union unique user using values varchar variadic when where window with xmlattributes
  xmlconcat xmlelement xmlexists xmlforest xmlparse xmlpi xmlroot xmlserialize current_catalog current_date
  current_role current_time current_timestamp current_user`.split(/\s+/),
)

/** Reserved, and never the first word of an argument: a parenthesis before them opens no call. */
export const neverArguments: ReadonlySet<string> = new Set(['select', 'with', 'where', 'order', 'table'])

/** What comes behind them is a name that is given, not one that is called: `AS x (a, b)`, `WITH x (a) AS`. */
export const beforeGivenNames: ReadonlySet<string> = new Set(['as', 'with', 'recursive', 'ordinality', 'tablesample'])

/** Statements about the connection they run on, by their first word alone. */
export const sessionStatements: ReadonlySet<string> = new Set(
  'deallocate discard execute listen load reset unlisten'.split(' '),
)

/** Statements that give rows and may change nothing. */
export const queryWords: ReadonlySet<string> = new Set(['select', 'values', 'table', 'with'])

/** Words that make a query more than one; the same word as a column's name is given up. */
export const writingWords: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge', 'into'])

/** The lock that FOR asks for, by the word behind it. */
export const lockWords: ReadonlyMap<string, string> = new Map([
  ['update', 'FOR UPDATE'],
  ['no', 'FOR NO KEY UPDATE'],
  ['share', 'FOR SHARE'],
  ['key', 'FOR KEY SHARE'],
])
