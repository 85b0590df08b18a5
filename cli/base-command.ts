// What every command shares: the flags of all commands, config, the JSON envelope, error -> exit code. Invariant: stdout carries the answer only, stderr all else.
// Not here: what a command does.
import {Command, Flags} from '@oclif/core'
import type {Interfaces} from '@oclif/core'
import {exitCode} from '../src/model/errors.ts'
import type {ExitCode} from '../src/model/errors.ts'
import {schemaVersion} from '../src/model/report.ts'
import type {Settings} from '../src/config/fields.ts'
import {loadSettings} from './load-settings.ts'
import {showError} from './show-error.ts'
import {parseError} from './usage-errors.ts'

export const globalFlags = {
  lab: Flags.string({description: 'name of the lab; several stand side by side (default lab, HL_LAB)', helpValue: '<name>', helpGroup: 'GLOBAL'}),
  quiet: Flags.boolean({char: 'q', description: 'no progress on stderr', helpGroup: 'GLOBAL'}),
  verbose: Flags.boolean({description: 'one line for every event', helpGroup: 'GLOBAL'}),
  'no-color': Flags.boolean({description: 'no colour (also NO_COLOR)', helpGroup: 'GLOBAL'}),
  'no-input': Flags.boolean({description: 'never ask; fail where a confirmation is missing', helpGroup: 'GLOBAL'}),
  config: Flags.string({description: 'a config file (default hl.config.json)', helpValue: '<file>', helpGroup: 'GLOBAL'}),
}

/** --json is oclif's own, switched on for every command. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags: Interfaces.FlagInput = globalFlags

  /** Flags over HL_* over hl.config.json over defaults. */
  protected settingsFrom(flags: Readonly<Record<string, unknown>>): Settings {
    return loadSettings(flags, process.env)
  }

  /** Prints the answer for people; with --json the returned result is printed instead. */
  protected show(text: string): void {
    if (!this.jsonEnabled()) process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** Progress and hints: stderr, silent with --quiet. */
  protected note(text: string): void {
    if (!this.argv.includes('--quiet') && !this.argv.includes('-q')) process.stderr.write(`${text}\n`)
  }

  protected exitWith(code: ExitCode): void {
    process.exitCode = code
  }

  protected commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ')
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`)
  }

  override toSuccessJson(result: unknown): unknown {
    return {ok: true, schemaVersion, command: this.commandName(), result}
  }

  override async catch(error: Error): Promise<void> {
    if ('code' in error && error.code === 'EEXIT') throw error
    const flags = Object.keys({...this.ctor.flags, ...this.ctor.baseFlags, json: true})
    process.exitCode = showError(parseError(error, flags) ?? error, {command: this.commandName(), json: this.jsonEnabled()})
  }
}

/** Colour on the stream, by flag, environment and terminal. */
export function colorWanted(flags: {readonly 'no-color'?: boolean}, stream: {readonly isTTY?: boolean}, env: NodeJS.ProcessEnv): boolean {
  return flags['no-color'] !== true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb' && stream.isTTY === true
}

export {exitCode}
