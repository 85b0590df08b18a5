// Where the Docker engine listens on this machine. Invariant: null wherever the docker client would look elsewhere, or
// this is not sure: then the client is asked. Not here: speaking to it (engine-http.ts).
import {readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {field, isObject} from '../read-json.ts'

const usualSocket = '/var/run/docker.sock'

/** The path of the engine's socket, as DOCKER_HOST, DOCKER_CONTEXT and the client's config.json say. */
export function engineSocket(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const folder = env['DOCKER_CONFIG'] ?? join(homedir(), '.docker')
  return socketOf(env, readConfig(join(folder, 'config.json')))
}

/**
 * PURE: the order is the client's: DOCKER_HOST, then DOCKER_CONTEXT, then `currentContext` of `config`, its
 * config.json; null: there is none. Source: Docker CLI, docs/reference/commandline, "docker context".
 */
export function socketOf(env: Readonly<Record<string, string | undefined>>, config: unknown): string | null {
  const {DOCKER_HOST: host, DOCKER_CONTEXT: context} = env
  if (host !== undefined && host !== '') return host.startsWith('unix:///') ? host.slice('unix://'.length) : null
  if (config !== null && !isObject(config)) return null
  const chosen = context !== undefined && context !== '' ? context : (field(config, 'currentContext') ?? '')
  return chosen === '' || chosen === 'default' ? usualSocket : null
}

/** null: there is none. What cannot be read, or is no JSON, is the client's to judge. */
function readConfig(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : 'unreadable'
  }
}
