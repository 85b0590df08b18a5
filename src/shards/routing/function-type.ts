// What functions and aggregates of PostgreSQL return, for those of which one may need the type to sort or to combine.
// Source: the tables of "Functions and Operators" of its manual. Invariant: a function that is not here has no known
// type, and a cast tells it.
import {collated, type Typed} from './typed.ts'

const plain = (type: string): Typed => ({type, collation: null})

const fixed: ReadonlyMap<string, string> = new Map(
  Object.entries({
    int4: 'length char_length character_length octet_length bit_length ascii strpos position array_length cardinality',
    float8: 'date_part random pi exp_float cbrt degrees radians',
    numeric: 'extract',
    timestamptz: 'now transaction_timestamp statement_timestamp clock_timestamp to_timestamp_tz',
    date: 'to_date',
    uuid: 'gen_random_uuid uuidv4 uuidv7',
    bool: 'starts_with',
  }).flatMap(([type, names]) => names.split(' ').map(name => [name, type] as const)),
)

const texts: ReadonlySet<string> = new Set(
  (
    'lower upper initcap btrim ltrim rtrim trim replace translate left right lpad rpad repeat reverse concat ' +
    'concat_ws md5 to_char split_part regexp_replace substr substring overlay format quote_literal'
  ).split(' '),
)

const isText = (typed: Typed | null | undefined): boolean =>
  typed != null && ['text', 'varchar', 'name', 'bpchar'].includes(typed.type)

/** Null: not known. */
export function functionType(name: string, args: readonly (Typed | null)[]): Typed | null {
  const type = fixed.get(name)
  if (type !== undefined) return plain(type)
  if (texts.has(name)) return ofText(name, args)
  const [first, second] = args
  switch (name) {
    case 'abs':
      return first ?? null
    case 'ceil':
    case 'ceiling':
    case 'floor':
    case 'sign':
      return first == null ? null : plain(first.type === 'numeric' ? 'numeric' : 'float8')
    case 'round':
    case 'trunc':
      if (args.length === 2) return plain('numeric')
      return first == null ? null : plain(first.type === 'numeric' ? 'numeric' : 'float8')
    case 'sqrt':
    case 'ln':
    case 'exp':
    case 'power':
      return args.some(arg => arg === null) ? null : plain(args.some(isNumeric) ? 'numeric' : 'float8')
    case 'mod':
      return first != null && second != null && first.type === second.type ? first : null
    case 'date_trunc':
      return second == null ? null : plain(second.type === 'date' ? 'timestamptz' : second.type)
    default:
      return null
  }
}

const isNumeric = (typed: Typed | null): boolean => typed?.type === 'numeric'

/** Text of text. Some of these work on bytea too. */
function ofText(name: string, args: readonly (Typed | null)[]): Typed | null {
  if (name === 'to_char') return {type: 'text', collation: 'default'}
  if (['concat', 'concat_ws', 'format'].includes(name)) {
    const all = args.filter(arg => arg !== null && isText(arg))
    return collated(
      'text',
      all.filter(arg => arg !== null),
    )
  }
  const [first] = args
  if (!isText(first) || first == null) return null
  return collated('text', args.filter(arg => arg !== null).filter(isText))
}

/** Null: not known, or no aggregate of these. */
export function aggregateType(name: string, args: readonly (Typed | null)[]): Typed | null {
  const [first] = args
  switch (name) {
    case 'count':
      return plain('int8')
    case 'sum':
      return first == null ? null : sumOf(first.type)
    case 'avg':
    case 'stddev':
    case 'stddev_pop':
    case 'stddev_samp':
    case 'variance':
    case 'var_pop':
    case 'var_samp':
      return first == null ? null : averageOf(first.type)
    case 'min':
    case 'max':
      return first == null ? null : first.type === 'varchar' ? {...first, type: 'text'} : first
    case 'bool_and':
    case 'bool_or':
    case 'every':
      return plain('bool')
    case 'string_agg':
      return isText(first) && first != null ? {type: 'text', collation: first.collation} : null
    default:
      return null
  }
}

function sumOf(type: string): Typed | null {
  if (type === 'int2' || type === 'int4') return plain('int8')
  if (type === 'int8' || type === 'numeric') return plain('numeric')
  return type === 'float4' || type === 'float8' ? plain(type) : null
}

function averageOf(type: string): Typed | null {
  if (['int2', 'int4', 'int8', 'numeric'].includes(type)) return plain('numeric')
  return type === 'float4' || type === 'float8' ? plain('float8') : null
}

export function windowType(name: string): Typed | null {
  if (['row_number', 'rank', 'dense_rank'].includes(name)) return plain('int8')
  if (['percent_rank', 'cume_dist'].includes(name)) return plain('float8')
  return name === 'ntile' ? plain('int4') : null
}
