// Joins the layers of configuration: defaults < hl.config.json < HL_* < flags. PURE. Every wrong value is refused with
// where it came from.
import {HlError} from '../model/errors.ts'
import {fields} from './fields.ts'
import type {Settings} from './fields.ts'

export interface Layer {
  /** For people: `hl.config.json`, `environment`, `command line`. */
  readonly origin: string
  readonly values: Readonly<Record<string, unknown>>
}

/** Later layers win. A key that no field has is refused in a file, so that a typo is not silently the default. */
export function parseConfig(layers: readonly Layer[]): Settings {
  const result: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(fields)) {
    result[key] = field.default
    for (const {origin, values} of layers) {
      const value = values[field.name]
      if (value === undefined) continue
      const parsed = field.parse(value)
      if (parsed === null)
        throw new HlError(
          'CONFIG_INVALID',
          `${origin}: ${field.name} cannot be ${JSON.stringify(value)}: ${field.takes}`,
          {next: [`correct ${field.name} (${field.doc}); ${field.env} and --${field.name} take the same values`]},
        )
      result[key] = parsed
    }
  }
  return result as Settings
}

/** Names in `values` that are no setting. */
export function unknownKeys(values: Readonly<Record<string, unknown>>): readonly string[] {
  const known = new Set<string>(Object.values(fields).map(field => field.name))
  return Object.keys(values).filter(key => !known.has(key))
}
