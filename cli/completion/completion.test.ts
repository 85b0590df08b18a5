// What each shell offers, by the shell itself; the docker client is one of the test's. zsh and fish are asked where
// they are installed: no machine of ours needs them for anything else.
import {spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {failoverNames, recoveryNames} from '../../scenarios/index.ts'
import {temporaryFolder} from '../../test/temporary-folder.ts'
import {loadConfig} from '../run.ts'
import {bashCompletion, zshCompletion} from './bash-completion.ts'
import {completionWords, valuesOf} from './completion-words.ts'
import {fishCompletion} from './fish-completion.ts'

const config = await loadConfig(new URL('../..', import.meta.url), 'sources')
const words = completionWords(config)

/** A folder with two runs and a file, and a docker client that knows two labs. */
function machine() {
  const folder = temporaryFolder('completion', afterAll)
  mkdirSync(join(folder, '.hl', 'runs', '0101-101010-ab'), {recursive: true})
  mkdirSync(join(folder, '.hl', 'runs', 'latest'))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'mine.ts'), '')
  const docker = join(folder, 'bin', 'docker')
  writeFileSync(
    docker,
    `#!/bin/sh
case "$*" in
  *'label=hl.lab --format {{.Label "hl.lab"}}'*) printf 'lab\\nlab\\nsecond\\n' ;;
  *'label=hl.lab=lab --filter label=hl.role=postgres --format {{.Label "hl.service"}}'*) printf 'pg2\\npg1\\n' ;;
  *'label=hl.lab=second --filter label=hl.role=postgres'*) echo pg9 ;;
  *'label=hl.lab=lab --format {{.Label "hl.service"}}'*) printf 'pg1\\netcd1\\n' ;;
  *'label=hl.lab=lab --format {{.Label "hl.cluster"}}'*) printf '\\ns1\\n' ;;
  *) echo "what is $*?" >&2; exit 1 ;;
esac
`,
  )
  chmodSync(docker, 0o755)
  return {folder, env: {PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: folder}}
}

const {folder, env} = machine()
const inBash = `source ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hl; printf '%s\\n' "\${COMPREPLY[@]}"`
const inZsh = `compdef() { : }; source ./script; emulate sh; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hl; printf '%s\\n' "\${COMPREPLY[@]}"`
const inFish = `source ./script; complete -C "$argv" | string replace -r '\\t.*' ''`

interface Shell {
  readonly script: string
  readonly argv: (typed: readonly string[]) => readonly string[]
}

const shells: Readonly<Record<string, Shell>> = {
  bash: {script: bashCompletion(words), argv: typed => ['--norc', '-c', inBash, 'bash', 'hl', ...typed]},
  zsh: {script: zshCompletion(words), argv: typed => ['-f', '-c', inZsh, 'zsh', 'hl', ...typed]},
  fish: {script: fishCompletion(words), argv: typed => ['--no-config', '-c', inFish, 'hl', ...typed]},
}

const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0

describe.each(Object.entries(shells))('%s', (shell, {script, argv}) => {
  const offered = (...typed: readonly string[]): readonly string[] => {
    writeFileSync(join(folder, 'script'), script)
    const {status, stdout, stderr} = spawnSync(shell, argv(typed), {cwd: folder, env, encoding: 'utf8'})
    expect([stderr, status === 0 || shell === 'fish']).toEqual(['', true])
    // zsh leaves out what does not fit when the function is over.
    const fits = (line: string): boolean => line !== '' && line.startsWith(typed.at(-1) ?? '')
    return [...new Set(stdout.split('\n').filter(fits))].toSorted()
  }

  it.runIf(isThere(shell)).each<readonly [readonly string[], readonly string[]]>([
    [['swi'], ['switchover']],
    [['backups', 'rot'], ['rotate-key']],
    [['failover', 'primary-cra'], ['primary-crash']],
    [['failover', '--scenario', 'primary-cra'], ['primary-crash']],
    [['failover', '-s', 'primary-cra'], ['primary-crash']],
    [['drill', 'primary-'], recoveryNames.filter(name => name.startsWith('primary-'))],
    [
      ['failover', '--sync', ''],
      ['off', 'on', 'quorum', 'strict'],
    ],
    [
      ['status', '--lab', ''],
      ['lab', 'second'],
    ],
    [
      ['psql', '--node', ''],
      ['pg1', 'pg2'],
    ],
    [['psql', '--lab', 'second', '--node', ''], ['pg9']],
    [
      ['nodes', 'check', ''],
      ['pg1', 'pg2'],
    ],
    [
      ['logs', ''],
      ['etcd1', 'pg1'],
    ],
    [['status', '--shard', ''], ['s1']],
    [
      ['runs', 'show', ''],
      ['0101-101010-ab', 'latest'],
    ],
    [['runs', 'show', '--format', 'html', 'la'], ['latest']],
    [['scenarios', 'check', 'mi'], ['mine.ts']],
    [['failover', '--rto-m'], ['--rto-max']],
    [['down', '--vol'], ['--volumes']],
    [['failover', '--ttl', ''], []],
  ])('after %j offers %j', (typed, offers) => expect(offered(...typed)).toEqual(offers))
})

describe('the words of completion', () => {
  it('are those of every command that is shown', () => {
    const shown = config.commands.filter(({hidden}) => !hidden).map(({id}) => id.replaceAll(':', ' '))
    expect(words.commands.map(({path}) => path).toSorted()).toEqual(shown.toSorted())
    expect(words.commands.find(({path}) => path === 'failover')?.args).toEqual([
      expect.arrayContaining([...failoverNames, '<files>']),
    ])
  })

  it('use every line of the table of values, and name what a shell knows how to ask for', () => {
    const names = words.commands.flatMap(({path}) => {
      const command = config.commands.find(({id}) => id.replaceAll(':', ' ') === path)
      const all = [...Object.keys(command?.flags ?? {}).map(flag => `--${flag}`), ...Object.keys(command?.args ?? {})]
      return all.flatMap(name => [name, `${path} ${name}`])
    })
    expect(Object.keys(valuesOf).filter(name => !names.includes(name))).toEqual([])
    const marks = Object.values(valuesOf).flatMap(values => values.filter(value => value.startsWith('<')))
    expect(marks).toContain('<labs>')
    const isKnown = (mark: string): boolean =>
      bashCompletion(words).includes(`'${mark}') `) && fishCompletion(words).includes(`case '${mark}'\n`)
    expect(marks.filter(mark => mark !== '<files>' && !isKnown(mark))).toEqual([])
  })
})
