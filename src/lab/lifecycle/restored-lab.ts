// A new lab whose data comes from a restore. Invariant: nothing of the new lab runs before its first member has its
// data, and no other member starts before that one is the primary: an empty member that came first would make a new,
// empty cluster. Not here: the restore itself (src/backup/restore).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {workInNode} from '../../waiting/work-in-node.ts'
import type {Docker} from '../docker/docker.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import type {ConnectedLab} from './connect-lab.ts'
import {findLab, labVolumes} from './lab-inventory.ts'
import {startRestoreNode} from '../nodes/restore-node.ts'
import {makeLab, startServices, type UpOptions} from './make-lab.ts'
import {asksForShape} from './lab-shape.ts'
import {shapeLike} from './lab-description.ts'
import {planUp} from './plan-up.ts'
import {beginRecord, isRestoreRecord, noteInUse, readRecord} from './restore-record.ts'
import {unfinishedError, type RestoreRecord} from './restore-state.ts'
import {connectNew} from './up-lab.ts'

/** The member that the data is restored for; the others are copied from it. */
const restoredMember = 'pg1'
const primaryMs = 120_000

export interface RestoredLabOptions extends UpOptions {
  /** The lab whose archive is read. */
  readonly from: string
  /** What opens its encrypted archive, where the lab itself has it no more. */
  readonly identity?: string | undefined
  /** The target as it was asked for, for whoever begins it anew. */
  readonly wanted?: RestoreRecord['wanted'] | undefined
  /** It begins anew: its record is there, and nothing else of it. */
  readonly again?: boolean | undefined
}

/**
 * A restore never writes over a lab, nor over data that one left. Errors: LAB_SETTINGS_DIFFER when there is any of that
 * name, RESTORE_UNFINISHED when it is what a restore left that was cut off.
 */
export async function requireNoLab(
  docker: Docker,
  {name, settings, archive, again = false}: UpOptions & Pick<RestoredLabOptions, 'again'>,
): Promise<void> {
  const unfinished = again ? null : await readRecord(docker, name)
  if (unfinished !== null && unfinished.stage !== 'checked') throw unfinishedError(unfinished)
  const {does} = await planUp(docker, {name, settings, ...(archive === undefined ? {} : {archive})})
  const data = (await labVolumes(docker, name)).filter(volume => !isRestoreRecord(name, volume))
  if (does === 'create' && data.length === 0) return
  throw new HlError(
    'LAB_SETTINGS_DIFFER',
    `lab ${name} is there already, or its data is, and a restore never writes over a lab`,
    {
      next: [
        'choose another name: --into <new lab>',
        hint('down', {flags: {volumes: true, confirm: name}, lab: name, why: 'destroys it'}),
      ],
    },
  )
}

/**
 * What a restore costs beside itself: `create` a new lab's containers, or `set-aside` the data of a lab in place;
 * `take-over` until Patroni has made the restored member the primary.
 */
export type OnLabPhase = (name: 'create' | 'set-aside' | 'take-over', fromMs: number, toMs: number) => void

export interface RestoredLab<T> {
  /** Its primary takes writes; there are no standbys yet. */
  readonly lab: ConnectedLab
  readonly restored: T
  /**
   * Starts the other members, which copy the first one. Whoever needs the first write soon waits with it: a copy takes
   * disk and CPU from it.
   */
  readonly startStandbys: () => Promise<void>
}

/**
 * Makes the lab, which is on record as half restored from before its first container until who verifies it ends that,
 * lets `restore` fill the first member's volume while the DCS starts, and then starts that member.
 * Returns when it is the primary. Errors: those of newLab and of `restore`, LAB_SETTINGS_DIFFER, RESTORE_FAILED when
 * Patroni does not take the data over.
 */
export async function startRestoredLab<T>(
  docker: Docker,
  options: RestoredLabOptions,
  restore: (node: RestoreNode) => Promise<T>,
  onPhase: OnLabPhase,
): Promise<RestoredLab<T>> {
  const {clock} = options
  await requireNoLab(docker, options)
  const createMs = clock.nowMs()
  await beginRecord(docker, options.name, recordOf(options, [restoredMember]))
  await makeLab(docker, await likeItsSource(docker, options))
  const {services, members} = await findLab(docker, options.name)
  const isMember = (name: string): boolean => members.includes(name)
  const start = async (wanted: (name: string) => boolean): Promise<void> => {
    options.signal?.throwIfAborted()
    const chosen = services.filter(({name}) => wanted(name))
    await startServices(docker, options.name, chosen)
  }
  // Nothing that could make a cluster by itself.
  await start(name => !isMember(name))
  const node = await startRestoreNode(docker, {
    from: options.from,
    into: options.name,
    member: restoredMember,
    identity: options.identity,
  })
  onPhase('create', createMs, clock.nowMs())
  const restored = await workInNode(node, options.signal, restore)
  options.signal?.throwIfAborted()
  const takeOverMs = clock.nowMs()
  await noteInUse(docker, options.name)
  await start(name => name === restoredMember)
  const lab = await connectNew(docker, options)
  await untilPrimary(lab, restoredMember, options)
  onPhase('take-over', takeOverMs, clock.nowMs())
  return {lab, restored, startStandbys: async () => start(name => isMember(name) && name !== restoredMember)}
}

/** What is kept of it from before its first container on; `members`: whose data comes from the restore. */
export function recordOf(
  {clock, from, wanted = null, ...options}: RestoredLabOptions,
  members: readonly string[],
): RestoreRecord {
  const {archive, encrypt, portBase, profile, nodes, shards, clusters} = options
  const make = {archive, encrypt, portBase, profile, nodes, shards, clusters}
  return {place: 'into', id: clock.wallTime(), from, member: members.join(' '), wanted, make}
}

/** Whoever asks for no shape gets that of the lab that the data comes from. */
async function likeItsSource(docker: Docker, options: RestoredLabOptions): Promise<UpOptions> {
  return asksForShape(options) ? options : {...options, ...shapeLike(await findLab(docker, options.from))}
}

/** Until Patroni has made the member the primary, or with null any; which. RESTORE_FAILED when it does not. */
export async function untilPrimary(
  {cluster}: Pick<ConnectedLab, 'cluster'>,
  wanted: string | null,
  {clock, signal}: Pick<UpOptions, 'clock'> & {readonly signal?: AbortSignal | undefined},
): Promise<string> {
  const who = wanted ?? cluster.members[0] ?? ''
  return awaitUntil(
    async () => {
      const {primary, members} = await cluster.state()
      return primary !== null && (wanted === null || primary === wanted)
        ? holds(primary)
        : notYet(members.map(({name: member, role, state}) => `${member} ${role} (${state ?? 'no answer'})`).join(', '))
    },
    {
      clock,
      what: `${wanted ?? 'a member'} to be the primary of lab ${cluster.lab}`,
      withinMs: primaryMs,
      everyMs: 100,
      code: 'RESTORE_FAILED',
      next: [hint('logs', {args: [who], lab: cluster.lab}), hint('status', {lab: cluster.lab})],
      ...(signal === undefined ? {} : {signal}),
    },
  )
}
