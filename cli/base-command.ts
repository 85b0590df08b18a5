// What every command shares: the flags of all commands, config, the JSON envelope, error -> exit code. Invariant:
// stdout carries the answer only, stderr all else.
// Not here: what a command does.
import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import type * as Interfaces from '@oclif/core/interfaces'
import type {ShardChoice} from '../src/lab/lifecycle/choose-shard.ts'
import {exitCode, HlError, type ExitCode} from '../src/model/errors.ts'
import {schemaVersion} from '../src/model/report.ts'
import {fields, type Settings} from '../src/config/fields.ts'
import {loadSettings} from './load-settings.ts'
import type {Theme} from '../src/report/theme.ts'
import {writeAnswer, writeJson, writeNote} from './output.ts'
import {showError} from './show-error.ts'
import {forShard} from './shard-flag.ts'
import {parseError} from './usage-errors.ts'
import {tableLines} from './view/table.ts'
import type {Cell, Column} from './view/table.ts'
import {chooseTheme} from './view/theme.ts'

/** The flags of every command. `lab`: the one that it is about where none is named. */
export const globalFlags = (lab: string) => ({
  'lab': Flags.string({
    description: `name of the lab; several stand side by side (default ${lab}, HL_LAB)`,
    helpValue: '<name>',
    helpGroup: 'GLOBAL',
  }),
  'quiet': Flags.boolean({char: 'q', description: 'no progress on stderr', helpGroup: 'GLOBAL'}),
  'verbose': Flags.boolean({description: 'one line for every event', helpGroup: 'GLOBAL'}),
  'no-color': Flags.boolean({description: 'no colour (also NO_COLOR)', helpGroup: 'GLOBAL'}),
  'no-input': Flags.boolean({description: 'never ask; fail where a confirmation is missing', helpGroup: 'GLOBAL'}),
  'config': Flags.string({
    description: 'a config file (default hl.config.json)',
    helpValue: '<file>',
    helpGroup: 'GLOBAL',
  }),
})

/** --json is oclif's own, switched on for every command. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags: Interfaces.FlagInput = globalFlags(fields.lab.default)

  /** The lab that this is about, once the settings are read: hints name it. */
  #lab: string = fields.lab.default
  /** Which of its clusters, where one was named. */
  #shard: string | null = null

  /** Flags over HL_* over hl.config.json over the command's own defaults over those of all. */
  protected settingsFrom(flags: Readonly<Record<string, unknown>>, defaults: {readonly lab?: string} = {}): Settings {
    const settings = loadSettings(flags, process.env, defaults)
    this.#lab = settings.lab
    return settings
  }

  /** The shard that the flags name, once the settings are read: hints name it too. */
  protected shardFrom(flags: {readonly shard?: string | undefined}): ShardChoice {
    this.#shard = flags.shard ?? null
    const lab = this.#lab === fields.lab.default ? null : this.#lab
    return {shard: flags.shard, again: shard => forShard(this.commandName(), this.argv, {shard, lab})}
  }

  /** Prints the answer for people; with --json the returned result is printed instead. */
  protected show(text: string): void {
    if (!this.jsonEnabled()) writeAnswer(text)
  }

  /** Progress and hints: stderr, silent with --quiet. */
  protected readonly note = (text: string): void => {
    if (!this.argv.includes('--quiet') && !this.argv.includes('-q')) writeNote(`${text}\n`)
  }

  /** Colours for a stream, by flag, environment and terminal. */
  protected theme(stream: NodeJS.WriteStream): Theme {
    return chooseTheme({
      isTTY: stream.isTTY,
      noColorFlag: this.argv.includes('--no-color'),
      NO_COLOR: process.env['NO_COLOR'],
      TERM: process.env['TERM'],
    })
  }

  /** May a person be asked? */
  protected mayAsk(): boolean {
    return !this.argv.includes('--no-input') && process.stdin.isTTY && process.stderr.isTTY
  }

  /** A table on stdout. */
  protected showTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    const width = process.stdout.isTTY ? process.stdout.columns : undefined
    this.show(tableLines(columns, rows, this.theme(process.stdout).dim, width).join('\n'))
  }

  protected exitWith(code: ExitCode): void {
    process.exitCode = code
  }

  protected commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ')
  }

  override logJson(json: unknown): void {
    writeJson(json)
  }

  /** `ok` says what the exit code says: a verdict that is no pass is a result and not ok. */
  override toSuccessJson(result: unknown): unknown {
    return {
      ok: Number(process.exitCode ?? exitCode.pass) === exitCode.pass,
      schemaVersion,
      command: this.commandName(),
      result,
    }
  }

  override async catch(error: unknown): Promise<void> {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIT') throw error
    // oclif warns of a command that did not parse its words; one that could not is no news.
    this.parsed = true
    const flags = Object.keys({...this.ctor.flags, ...this.ctor.baseFlags, json: true})
    const isUnknown = error instanceof HlError && error.code === 'SHARD_UNKNOWN'
    process.exitCode = showError(parseError(error, flags) ?? error, {
      command: this.commandName(),
      json: this.jsonEnabled(),
      lab: this.#lab,
      shard: isUnknown ? null : this.#shard,
    })
  }
}
