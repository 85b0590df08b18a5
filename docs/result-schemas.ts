// What --json prints, as JSON Schema: one document for each command, from the types that its run() returns. Invariant:
// says what the sources say; a type that JSON cannot hold is an error, not a gap. Not here: where the documents go
// (generate-schemas.ts).
import {globSync, readFileSync} from 'node:fs'
import {posix} from 'node:path'
import ts from 'typescript'

export type JsonSchema = Readonly<Record<string, unknown>>

const folder = 'cli/commands'

/** By the name of its file: `runs-list.json`. `root`: of the repository, ending in a slash. */
export function resultSchemas(root: string): ReadonlyMap<string, JsonSchema> {
  const files = globSync(`${folder}/**/*.ts`, {cwd: root}).filter(file => !file.endsWith('.test.ts'))
  const read = ts.readConfigFile(`${root}tsconfig.json`, path => readFileSync(path, 'utf8'))
  const {options} = ts.parseJsonConfigFileContent(read.config as unknown, ts.sys, root)
  const program = ts.createProgram(
    files.map(file => root + file),
    options,
  )
  const checker = program.getTypeChecker()
  return new Map(
    files.toSorted().map(file => {
      const name = posix.relative(folder, file).replace(/\.ts$/, '').replaceAll('/', ' ')
      const source = program.getSourceFile(root + file)
      if (source === undefined) throw new Error(`${file} is not read`)
      return [`${name.replaceAll(' ', '-')}.json`, envelope(name, new Writer(checker).result(source))]
    }),
  )
}

const dialect = {$schema: 'https://json-schema.org/draft/2020-12/schema'}
const version = {type: 'number'}

function envelope(command: string, {result, $defs}: {readonly result: JsonSchema; readonly $defs: JsonSchema}) {
  return {
    ...dialect,
    title: `hl ${command} --json`,
    type: 'object',
    required: ['ok', 'schemaVersion', 'command', 'result'],
    properties: {ok: {type: 'boolean'}, schemaVersion: version, command: {const: command}, result},
    additionalProperties: false,
    $defs,
  }
}

const text = {type: 'string'}
const named = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
  additionalProperties: false,
})

/** Of every command that has no result (cli/show-error.ts). */
export const errorSchema: JsonSchema = {
  ...dialect,
  title: 'hl … --json, of an error',
  ...named({
    ok: {const: false},
    schemaVersion: version,
    command: text,
    error: named({
      code: text,
      message: text,
      next: {type: 'array', items: text},
      cause: {anyOf: [text, {type: 'null'}]},
      runbook: text,
      exitCode: {type: 'number'},
    }),
  }),
}

/** Types of one command. */
class Writer {
  readonly #checker: ts.TypeChecker
  readonly #defs = new Map<string, JsonSchema>()
  readonly #names = new Map<ts.Type, string>()

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  result(source: ts.SourceFile): {readonly result: JsonSchema; readonly $defs: JsonSchema} {
    const found = source.statements.find(ts.isClassDeclaration)
    const run = found?.members.find(member => ts.isMethodDeclaration(member) && member.name.getText() === 'run')
    const signature =
      run === undefined ? undefined : this.#checker.getSignatureFromDeclaration(run as ts.MethodDeclaration)
    const type = signature === undefined ? undefined : this.#checker.getAwaitedType(signature.getReturnType())
    if (type === undefined) throw new Error(`${source.fileName} has no run()`)
    const result = this.#schema(type)
    return {result, $defs: Object.fromEntries([...this.#defs].toSorted(([a], [b]) => (a < b ? -1 : 1)))}
  }

  #schema(type: ts.Type): JsonSchema {
    const {flags} = type
    if (flags & ts.TypeFlags.BooleanLiteral) return {const: this.#checker.typeToString(type) === 'true'}
    if (type.isStringLiteral() || type.isNumberLiteral()) return {const: type.value}
    if (flags & ts.TypeFlags.StringLike) return {type: 'string'}
    // JSON has no Infinity: what never came is null.
    if (flags & ts.TypeFlags.NumberLike) return {type: 'number'}
    if (flags & ts.TypeFlags.BooleanLike && !type.isUnion()) return {type: 'boolean'}
    if (flags & ts.TypeFlags.Null) return {type: 'null'}
    if (flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return {}
    if (type.isUnion()) return this.#union(type)
    // As JSON.stringify writes it: ISO 8601, in UTC.
    if (type.getSymbol()?.name === 'Date') return {type: 'string'}
    if (this.#checker.isTupleType(type) || this.#checker.isArrayType(type)) return this.#list(type as ts.TypeReference)
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.#named(type)
    throw new Error(`${this.#checker.typeToString(type)} is nothing that JSON can hold`)
  }

  #union(type: ts.UnionType): JsonSchema {
    const parts = type.types.filter(part => !(part.flags & ts.TypeFlags.Undefined))
    const [first, ...rest] = parts
    if (first !== undefined && rest.length === 0) return this.#schema(first)
    const isBoolean = (part: ts.Type): boolean => (part.flags & ts.TypeFlags.BooleanLiteral) !== 0
    const words = parts.filter(part => part.isStringLiteral() || part.isNumberLiteral())
    const others = parts.filter(part => !words.some(word => word === part) && !isBoolean(part))
    const booleans = parts.filter(isBoolean)
    const schemas = [
      ...(words.length > 1 ? [{enum: words.map(({value}) => value)}] : words.map(word => this.#schema(word))),
      ...(booleans.length > 1 ? [{type: 'boolean'}] : booleans.map(part => this.#schema(part))),
      ...others.map(part => this.#schema(part)),
    ]
    const [only, ...more] = schemas
    if (only !== undefined && more.length === 0) return only
    const isPlain = schemas.every(schema => Object.keys(schema).join() === 'type')
    return isPlain ? {type: schemas.map(schema => schema['type'])} : {anyOf: schemas}
  }

  #list(type: ts.TypeReference): JsonSchema {
    const items = this.#checker.getTypeArguments(type)
    if (!this.#checker.isTupleType(type)) return {type: 'array', items: this.#schema(items[0] as ts.Type)}
    return {type: 'array', items: {anyOf: items.map(item => this.#schema(item))}}
  }

  /** An interface stands once, under its name. */
  #named(type: ts.Type): JsonSchema {
    const known = this.#names.get(type)
    if (known !== undefined) return {$ref: `#/$defs/${known}`}
    const symbol = type.aliasSymbol ?? type.getSymbol()
    const isPlain = symbol === undefined || symbol.name.startsWith('__') || (type.aliasTypeArguments ?? []).length > 0
    if (isPlain) return this.#object(type)
    const taken = [...this.#names.values()].filter(name => name.replace(/\d+$/, '') === symbol.name).length
    const name = taken === 0 ? symbol.name : `${symbol.name}${taken + 1}`
    this.#names.set(type, name)
    this.#defs.set(name, this.#object(type))
    return {$ref: `#/$defs/${name}`}
  }

  #object(type: ts.Type): JsonSchema {
    const properties = this.#checker.getPropertiesOfType(type)
    const index = this.#checker.getIndexInfoOfType(type, ts.IndexKind.String)
    const shapes = properties.map(property => {
      const declared = this.#checker.getTypeOfSymbol(property)
      return [property.name, this.#schema(declared)] as const
    })
    const required = properties.filter(({flags}) => !(flags & ts.SymbolFlags.Optional)).map(({name}) => name)
    return {
      type: 'object',
      ...(required.length === 0 ? {} : {required}),
      ...(shapes.length === 0 ? {} : {properties: Object.fromEntries(shapes)}),
      additionalProperties: index === undefined ? false : this.#schema(index.type),
    }
  }
}
