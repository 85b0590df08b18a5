// Writes docs/schemas/: what each command prints with --json. Not here: what they say (result-schemas.ts).
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {errorSchema, resultSchemas} from './result-schemas.ts'

const folder = new URL('schemas/', import.meta.url)
const schemas = new Map([...resultSchemas(fileURLToPath(new URL('..', import.meta.url))), ['error.json', errorSchema]])
rmSync(folder, {recursive: true, force: true})
mkdirSync(folder, {recursive: true})
for (const [name, schema] of schemas) writeFileSync(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`)
