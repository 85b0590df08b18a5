// Holds a value against one of docs/schemas: the words of JSON Schema that docs/result-schemas.ts writes, and no other.
// For tests only.

type Schema = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** What does not fit, each with its path; empty when all does. */
export function schemaProblems(schema: Schema, value: unknown, root: Schema = schema, path = '$'): readonly string[] {
  const inner = (of: unknown, what: unknown, at: string): readonly string[] =>
    isObject(of) ? schemaProblems(of, what, root, at) : []
  const known = ['$schema', 'title', '$defs', '$ref', 'anyOf', 'const', 'enum', 'type', 'items', 'required']
  const strange = Object.keys(schema).filter(key => ![...known, 'properties', 'additionalProperties'].includes(key))
  if (strange.length > 0) throw new Error(`the schema has ${strange.join(', ')}, which nothing checks`)
  const {$ref, anyOf, type, items, required, properties = {}, additionalProperties} = schema
  if (typeof $ref === 'string') {
    const definitions = root['$defs']
    const found = isObject(definitions) ? definitions[$ref.replace('#/$defs/', '')] : undefined
    return found === undefined ? [`${path}: ${$ref} is not there`] : inner(found, value, path)
  }
  if (Array.isArray(anyOf)) {
    const all = anyOf.map(each => inner(each, value, path))
    return all.some(problems => problems.length === 0) ? [] : [`${path}: fits none: ${all.flat().join('; ')}`]
  }
  if ('const' in schema && schema['const'] !== value) return [`${path}: is ${JSON.stringify(value)}`]
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) return [`${path}: is ${JSON.stringify(value)}`]
  if (type !== undefined && ![type].flat().includes(typeOf(value))) return [`${path}: is ${typeOf(value)}`]
  if (Array.isArray(value)) return value.flatMap((item, index) => inner(items, item, `${path}[${index}]`))
  if (!isObject(value)) return []
  const fields = isObject(properties) ? properties : {}
  const lacking = (Array.isArray(required) ? required : []).filter(name => !(String(name) in value))
  return [
    ...lacking.map(name => `${path}.${String(name)}: is missing`),
    ...Object.entries(value).flatMap(([name, item]) => {
      if (name in fields) return inner(fields[name], item, `${path}.${name}`)
      return additionalProperties === false
        ? [`${path}.${name}: is not in the schema`]
        : inner(additionalProperties, item, `${path}.${name}`)
    }),
  ]
}
