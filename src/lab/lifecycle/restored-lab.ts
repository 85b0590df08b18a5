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
import {connectNew} from './up-lab.ts'

/** The member that the data is restored for; the others are copied from it. */
export const restoredMember = 'pg1'
const primaryMs = 120_000

export interface RestoredLabOptions extends UpOptions {
  /** The lab whose archive is read. */
  readonly from: string
  /** What opens its encrypted archive, where the lab itself has it no more. */
  readonly identity?: string | undefined
}

/**
 * A restore never writes over a lab, nor over data that one left. Errors: LAB_SETTINGS_DIFFER when there is any of that
 * name.
 */
export async function requireNoLab(docker: Docker, options: UpOptions): Promise<void> {
  const {name, settings, archive} = options
  const {does} = await planUp(docker, {name, settings, ...(archive === undefined ? {} : {archive})})
  if (does === 'create' && (await labVolumes(docker, options.name)).length === 0) return
  throw new HlError(
    'LAB_SETTINGS_DIFFER',
    `lab ${options.name} is there already, or its data is, and a restore never writes over a lab`,
    {
      next: [
        'choose another name: --into <new lab>',
        hint('down', {flags: {volumes: true, confirm: options.name}, lab: options.name, why: 'destroys it'}),
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
 * Makes the lab, lets `restore` fill the first member's volume while the DCS starts, and then starts that member.
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
  const takeOverMs = clock.nowMs()
  await start(name => name === restoredMember)
  const lab = await connectNew(docker, options)
  await untilPrimary(lab, restoredMember, options)
  onPhase('take-over', takeOverMs, clock.nowMs())
  return {lab, restored, startStandbys: async () => start(name => isMember(name) && name !== restoredMember)}
}

/** Whoever asks for no shape gets that of the lab that the data comes from. */
async function likeItsSource(docker: Docker, options: RestoredLabOptions): Promise<UpOptions> {
  return asksForShape(options) ? options : {...options, ...shapeLike(await findLab(docker, options.from))}
}

/** Until Patroni has made the member the primary. RESTORE_FAILED when it does not. */
export async function untilPrimary(
  {cluster}: ConnectedLab,
  wanted: string,
  {clock, signal}: Pick<UpOptions, 'clock' | 'signal'>,
): Promise<void> {
  await awaitUntil(
    async () => {
      const {primary, members} = await cluster.state()
      return primary === wanted
        ? holds(undefined)
        : notYet(members.map(({name: member, role, state}) => `${member} ${role} (${state ?? 'no answer'})`).join(', '))
    },
    {
      clock,
      what: `${wanted} to be the primary of lab ${cluster.lab}`,
      withinMs: primaryMs,
      everyMs: 100,
      code: 'RESTORE_FAILED',
      next: [hint('logs', {args: [wanted], lab: cluster.lab}), hint('status', {lab: cluster.lab})],
      ...(signal === undefined ? {} : {signal}),
    },
  )
}
