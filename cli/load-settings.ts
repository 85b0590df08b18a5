// Reads the config file and the environment and hands them to the pure parser. Not here: what a setting means
// (src/config/fields.ts).
import {readFileSync} from 'node:fs'
import {HlError} from '../src/model/errors.ts'
import {fields} from '../src/config/fields.ts'
import type {Settings} from '../src/config/fields.ts'
import {parseConfig, unknownKeys} from '../src/config/parse-config.ts'
import {closest} from './closest.ts'

const defaultFile = 'hl.config.json'

/** Flags over HL_* over the file over the command's defaults. CONFIG_INVALID names the origin of a wrong value. */
export function loadSettings(
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  defaults: Readonly<Record<string, unknown>> = {},
): Settings {
  const named = flags['config']
  const file = readConfigFile(typeof named === 'string' ? named : defaultFile, typeof named === 'string')
  const fromEnv = Object.fromEntries(
    Object.values(fields).flatMap(field => (env[field.env] === undefined ? [] : [[field.name, env[field.env]]])),
  )
  return parseConfig([
    {origin: 'default', values: defaults},
    {origin: typeof named === 'string' ? named : defaultFile, values: file},
    {origin: 'environment', values: fromEnv},
    {origin: 'command line', values: flags},
  ])
}

function readConfigFile(path: string, required: boolean): Readonly<Record<string, unknown>> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (!required && error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new HlError('CONFIG_INVALID', `cannot read the config file ${path}`, {
      next: [required ? 'check the path given with --config' : `make ${path} readable, or remove it`],
      cause: error,
    })
  }
  const values = parseJsonObject(text, path)
  const [wrong] = unknownKeys(values)
  if (wrong !== undefined) {
    const near = closest(
      wrong,
      Object.values(fields).map(field => field.name),
    )
    throw new HlError('CONFIG_INVALID', `${path}: "${wrong}" is not a setting`, {
      next: [
        near === null
          ? `settings are ${Object.values(fields)
              .map(field => field.name)
              .join(', ')}`
          : `did you mean "${near}"`,
      ],
    })
  }
  return values
}

function parseJsonObject(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return Object.fromEntries(Object.entries(value))
  } catch (error) {
    throw new HlError('CONFIG_INVALID', `${path} is not JSON`, {next: ['correct the file'], cause: error})
  }
  throw new HlError('CONFIG_INVALID', `${path} must hold one JSON object`, {next: ['correct the file']})
}
