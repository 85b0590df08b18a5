// A client's own parsers of types, carried from connection to connection. Invariant: they are set on a connection only
// while the client is bound to it.
import pg, {type PoolClient} from 'pg'

type Parser = (value: string) => unknown
type Format = 'text' | 'binary'

/** pg's types name the OIDs that it knows; there are others. */
const parserOf: (oid: number, format: Format) => unknown = (oid, format) =>
  (pg.types.getTypeParser as (oid: number, format: Format) => unknown)(oid, format)

export class TypeParsers {
  readonly #own = new Map<string, {readonly oid: number; readonly format: Format; readonly parser: Parser}>()

  /** As pg's setTypeParser: with or without a format. */
  set(oid: number, format: Format | Parser, parser?: Parser): void {
    const [kind, parse] = typeof format === 'function' ? (['text', format] as const) : ([format, parser] as const)
    if (parse !== undefined) this.#own.set(`${kind} ${oid}`, {oid, format: kind, parser: parse})
  }

  get(oid: number, format: Format = 'text'): unknown {
    return this.#own.get(`${format} ${oid}`)?.parser ?? parserOf(oid, format)
  }

  applyTo(client: PoolClient): void {
    const typed: {setTypeParser(oid: number, format: Format, parser: Parser): void} = client
    for (const {oid, format, parser} of this.#own.values()) typed.setTypeParser(oid, format, parser)
  }

  /** pg keeps overrides per client in two tables by OID, and has no call to take one back. */
  takeFrom(client: PoolClient): void {
    const overrides: unknown = Reflect.get(client, '_types')
    if (typeof overrides !== 'object' || overrides === null) return
    for (const {oid, format} of this.#own.values()) {
      const table: unknown = Reflect.get(overrides, format)
      if (typeof table === 'object' && table !== null) Reflect.deleteProperty(table, oid)
    }
  }
}
