// Starts oclif: loads the command tree from sources or build, and turns what no command caught into the contract's
// error and exit code.
// Not here: what a command does (commands/), how an error looks (show-error.ts).
import {readFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import type * as Interfaces from '@oclif/core/interfaces'
import {run as runOclif} from '@oclif/core/run'
import {settings} from '@oclif/core/settings'
import {HlError} from '../src/model/errors.ts'
import {dropStaleManifest, keepManifest} from './command-manifest.ts'
import {watchCrashes} from './interrupt.ts'
import {watchStreams} from './output.ts'
import {showError} from './show-error.ts'
import {parseError, unknownCommand} from './usage-errors.ts'

export interface Layout {
  readonly root: URL
  readonly layout: 'sources' | 'dist'
}

/** Asked alone, it is answered like `hl` alone: everything once. */
const helpWords: ReadonlySet<string> = new Set(['--help', '-h', 'help'])

/** Runs one command line; sets process.exitCode and never throws. */
export async function run(argv: readonly string[], {root, layout}: Layout): Promise<void> {
  settings.enableAutoTranspile = false
  const context = {
    command: argv.filter(word => !word.startsWith('-')).join(' '),
    json: argv.includes('--json'),
  }
  // A lost stdout has no room for a document either.
  watchStreams(error => showError(error, {...context, json: false}))
  watchCrashes(error => showError(error, context))
  try {
    requireFolder()
    const config = await loadConfig(root, layout)
    const [first] = argv
    const asksAll = first !== undefined && helpWords.has(first) && argv.slice(1).every(word => word.startsWith('-'))
    if (first === undefined || asksAll || (first.startsWith('-') && !helpWords.has(first))) {
      await config.runCommand('overview', asksAll ? argv.slice(1) : [...argv])
      return
    }
    const missing = unknownCommand(argv, config)
    if (missing !== null) throw missing
    await runOclif([...argv], config)
  } catch (error) {
    process.exitCode = showError(parseError(error, []) ?? error, context)
  }
}

/** Everything relative is relative to it: the config file, runs, scenarios. */
function requireFolder(): void {
  try {
    process.cwd()
  } catch (error) {
    throw new HlError('FOLDER_GONE', 'the folder that this shell is in is not there any more', {
      next: ['cd to a folder that is there, then run it again'],
      cause: error,
    })
  }
}

/** The command tree, for run() and for the generated reference. */
export async function loadConfig(root: URL, layout: Layout['layout']): Promise<Config> {
  const pjson = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as Interfaces.PJSON
  const commands = {
    strategy: 'pattern' as const,
    target: layout === 'sources' ? './cli/commands' : './dist/cli/commands',
  }
  const key = layout === 'sources' ? dropStaleManifest(root) : null
  const config = await Config.load({
    root: fileURLToPath(root),
    pjson: {...pjson, oclif: {...pjson.oclif, commands, additionalHelpFlags: ['-h']}},
    // There are none; oclif would look for them below HOME, which may be unreadable.
    userPlugins: false,
  })
  if (key !== null) keepManifest(root, config, key)
  return config
}
