// A lab with an archive, and the containers that hl works in beside it, answered from tables. Invariant: everything
// that is asked of Docker or of the lab is in the log, in order. Not here: what a program really does (test/e2e).
import {soleCluster} from '../../src/model/topology.ts'
import type {ArchiveMode, BackupRecord, RefusedWal, WalDamage} from '../../src/model/backup.ts'
import type {Cluster, ExecResult} from '../../src/model/ports.ts'
import {defaultSettings, type ClusterState, type MemberState} from '../../src/model/topology.ts'
import {fakeDocker, type FakeDocker, type FakeDockerOptions} from './fake-docker.ts'

export const segmentBytes = 16_777_216

/** By the beginning of the command, without what sets its environment. */
export type Programs = Readonly<Record<string, Partial<ExecResult> | (() => Promise<Partial<ExecResult>>)>>

const soundServer: Programs = {
  'backup-fetch': {stdout: '1000'},
  'grep': {exitCode: 1},
  'wal-check': {
    stdout: JSON.stringify({files: 3, bytes: 3 * segmentBytes, read: 3, closed: 0, damaged: [], notes: []}),
  },
  'cat /var/lib/postgresql/copy.json': {stdout: ''},
}

/** By what is asked, wherever it stands in the command. */
export type Answers = readonly (readonly [RegExp, string])[]

const roles = 'hl_app hl_backup hl_migrations hl_monitoring hl_readonly postgres replicator rewind'.split(' ')

/** What a restored server answers that is sound. */
export const soundAnswersOfServer: Answers = [
  [
    /SELECT json_build_object\('databases'/,
    '{"databases": [{"name": "hl", "encoding": "UTF8", "open": true, "invalid": false}]}',
  ],
  [/bt_index_parent_check/, '{"tables": 2, "indexes": 3, "others": 0, "invalid": 0, "problems": []}'],
  [
    /pg_temp\.read/,
    '{"tables": 2, "rows": 7, "problems": [], "sequences": 1, "behind": [], "sequenceProblems": [], "unlogged": [], "subscriptions": []}',
  ],
  [/data_checksums/, JSON.stringify({checksums: true, checksumFailures: 0, roles, timeline: 2, prepared: []})],
]

/** A command without what sets its environment. */
export function withoutEnv(argv: readonly string[]): readonly string[] {
  const at = argv.findIndex(word => word !== 'env' && !/^[A-Z_]+=/.test(word))
  return at === -1 ? argv : argv.slice(at)
}

const soundAnswers: Answers = [
  [/pg_switch_wal/, '7|1|0/4000000|1767225600000'],
  [
    /lo_compat_privileges/,
    '{"largeObjects": 0, "mayRead": false, "policies": [], "subscriptions": [], "mappings": []}',
  ],
  ...soundAnswersOfServer,
  [/hl_archive/, '7|1|0/4000000|'],
  [/pg_walfile_name/, '000000020000000000000004'],
  [/pg_wal_replay_resume/, 'not paused'],
  [/redo_lsn|pg_is_in_recovery/, 't|0/4000000|0/3000028|1|'],
  [/SELECT system_identifier FROM/, '7'],
  [/server_version/, '17.11|2026-01-05T00:00:00.000Z|20260105T000000'],
  [/clock_timestamp/, '2026-01-05T00:01:00.000Z'],
  [/pg_current_wal_lsn/, '0/4000000'],
  [/pg_last_wal_replay_lsn/, 't|0/4000000'],
  [/files\.sha256 \| cut/, 'd'.repeat(64)],
  [
    /backup_manifest \| cut/,
    `${'c'.repeat(64)}\n1000\n{ "Timeline": 1, "Start-LSN": "0/3000028", "End-LSN": "0/3000100" }`,
  ],
  [/du -sb/, '1000'],
]

export interface FakeArchive extends FakeDocker {
  readonly cluster: Cluster
  /** What the archive holds; a test may change it. */
  readonly backups: BackupRecord[]
  /** Folders of the catalog whose record cannot be read. */
  readonly unreadable: {readonly folder: string; readonly unreadable: string}[]
  /** WAL that is offered and not taken. */
  readonly refused: RefusedWal[]
  /** What is noted of a WAL file, by its name. */
  readonly damage: Map<string, WalDamage>
  /** The members' state; a test may change it. */
  members: readonly MemberState[]
  /** null: there is none. */
  primary: string | null
  /** Asked before those of a sound server; a test may add to them. */
  readonly answers: (readonly [RegExp, string])[]
  /** What programs answer; a test may add to them. */
  readonly programs: Record<string, Programs[string]>
  /** The archive was never written to. */
  isEmpty: boolean
}

export interface FakeArchiveOptions extends Pick<FakeDockerOptions, 'refuses'> {
  readonly backups: readonly BackupRecord[]
  readonly programs?: Programs
  readonly answers?: Answers
  readonly archive?: ArchiveMode
  readonly encrypted?: boolean
  readonly hasCopy?: boolean
}

export const streaming: readonly MemberState[] = ['pg1', 'pg2', 'pg3'].map(name => ({
  name,
  container: 'running',
  role: name === 'pg1' ? 'primary' : name === 'pg2' ? 'sync standby' : 'standby',
  state: name === 'pg1' ? 'running' : 'streaming',
  timeline: 1,
  lagBytes: 0,
  replayLagBytes: 0,
}))

export function fakeArchive({
  backups,
  programs = {},
  answers = [],
  archive = 'command',
  encrypted = false,
  hasCopy = false,
  refuses = {},
}: FakeArchiveOptions): FakeArchive {
  let stateFile = ''
  let isToPause = false
  const run = async (argv: readonly string[], stdin = ''): Promise<ExecResult> => {
    const words = withoutEnv(argv).join(' ')
    log.push(words.slice(0, 200))
    if (words.includes('>/var/lib/postgresql/copy.json')) stateFile = stdin
    if (argv[0] === 'backup-commit' && fake.programs['backup-commit'] === undefined)
      commit(fake.backups, JSON.parse(stdin) as BackupRecord)
    if (words.startsWith('recovery start')) isToPause = words.includes('recovery_target_action=pause')
    const table: Programs = {
      ...soundServer,
      'recovery wait': {stdout: `0/4000000||2|${isToPause ? 't' : 'f'}\nredo done at 0/3FFFFC0`},
      'cat /var/lib/postgresql/copy.json': {stdout: stateFile},
      ...fake.programs,
    }
    const found = Object.entries(table).findLast(([start]) => words.startsWith(start))?.[1]
    const answer = [...fake.answers, ...soundAnswers].find(([pattern]) => pattern.test(words))?.[1] ?? ''
    return {exitCode: 0, stdout: answer, stderr: '', ...(typeof found === 'function' ? await found() : found)}
  }
  const engine = fakeDocker({exec: run, onVolume: script => volumeAnswer(engine.log, script), refuses})
  const {log} = engine
  if (hasCopy) engine.containers.set('hl-lab-copy', {'hl.lab': 'lab'})
  const toldOf = (verb: string) => async (name: string) => Promise.resolve(void log.push(`${verb} ${name}`))
  const fake: FakeArchive = {
    ...engine,
    backups: [...backups],
    unreadable: [],
    refused: [],
    damage: new Map(),
    members: streaming,
    primary: 'pg1',
    answers: [...answers],
    programs: {...programs},
    isEmpty: false,
    cluster: {
      lab: 'lab',
      name: soleCluster,
      archive,
      encrypted,
      members: ['pg1', 'pg2', 'pg3'],
      dcsMembers: ['etcd1'],
      settings: async () => Promise.resolve(defaultSettings),
      state: async (): Promise<ClusterState> =>
        Promise.resolve({
          lab: 'lab',
          members: fake.members,
          dcs: [],
          lease: {owner: fake.primary, expiresInMs: 10_000},
          primary: fake.primary,
          syncStandbys: ['pg2'],
          timeline: 1,
          paused: false,
        }),
      stop: toldOf('stop'),
      start: toldOf('start'),
      wipe: toldOf('wipe'),
      exec: async (_service: string, argv: readonly string[], {stdin}: {readonly stdin?: string}) => {
        if (argv[0] !== 'archive-list') return run(argv, stdin)
        const files = [1, 2, 3].map(number => {
          const name = `00000001000000000000000${number}`
          const damage = fake.damage.get(name)
          return {name, bytes: segmentBytes, ...(damage === undefined ? {} : {damage})}
        })
        const listed = fake.backups.map(record => ({folder: record.id, record}))
        const backups = [...listed, ...fake.unreadable]
        const systems = [{systemIdentifier: '7', files, histories: {}, backups, refused: fake.refused}]
        return {exitCode: 0, stdout: JSON.stringify({systems: fake.isEmpty ? [] : systems}), stderr: ''}
      },
    } as unknown as Cluster,
  }
  return fake
}

/** In the catalog from now on, in the place of what was there of it. */
function commit(backups: BackupRecord[], record: BackupRecord): void {
  const at = backups.findIndex(({id}) => id === record.id)
  backups.splice(at === -1 ? backups.length : at, 1, record)
}

/** The data of a member: moved aside, put back, or given to Patroni; nobody holds a safety copy. */
function volumeAnswer(log: string[], script: string): string {
  const deeds = [
    ['data moved aside', 'mv /var/lib/postgresql/data /var/lib/postgresql/data.before-restore'],
    ['data put back', 'mv /var/lib/postgresql/data.before-restore /var/lib/postgresql/data;'],
    ['data taken over', 'touch '],
  ] as const
  const deed = deeds.find(([, words]) => script.includes(words))
  if (deed !== undefined) log.push(deed[0])
  return script.includes('ls -A /var/lib/postgresql/data ') ? 'files\n' : ''
}

/** A program that runs until its container is gone; `began` is told. */
export function untilRemoved(log: readonly string[], began: () => void): () => Promise<Partial<ExecResult>> {
  return async () => {
    const gone = log.filter(line => line.startsWith('removed ')).length
    began()
    while (log.filter(line => line.startsWith('removed ')).length === gone)
      await new Promise(resolve => setImmediate(resolve))
    return {exitCode: 137, stderr: ''}
  }
}
