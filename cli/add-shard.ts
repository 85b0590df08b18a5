// `hl up --add-shard`: one more cluster for a lab of shards that is up. Not here: the other ways of `hl up`
// (commands/up.ts), making it a shard of the map (commands/shards/add.ts).
import type {Settings} from '../src/config/fields.ts'
import {addCluster, lookAtAdd} from '../src/lab/lifecycle/add-cluster.ts'
import {hint, hintText} from '../src/model/command-hint.ts'
import {HlError} from '../src/model/errors.ts'
import {interruptible} from './interrupt.ts'
import type {UpAnswer} from './up-answer.ts'
import {connectOptions, docker} from './wire.ts'

/** What of the command line it needs. */
export interface AddFlags {
  readonly 'dry-run'?: boolean | undefined
  readonly 'nodes'?: number | undefined
}

const howToMake = [
  ...['shards', 'profile', 'archive', 'encrypt', 'port-base', 'folder', 'sync', 'ttl', 'param'],
  ...['monitoring', 'alert-webhook'],
] as const

/** USAGE for flags that say how a new lab is made: the cluster is made as the others of its lab. */
export function requireOnlyAdd(given: Readonly<Record<string, unknown>>): void {
  const other = howToMake.find(flag => given[flag] !== undefined)
  if (other === undefined) return
  throw new HlError('USAGE', `--add-shard makes a cluster like the others of the lab: --${other} says otherwise`, {
    next: [`leave --${other} out`],
  })
}

/** Errors: those of addCluster(). */
export async function addShard(
  settings: Settings,
  flags: AddFlags,
  {note, show}: {readonly note: (text: string) => void; readonly show: (text: string) => void},
): Promise<UpAnswer> {
  const name = settings.lab
  const nodes = flags.nodes === undefined ? {} : {nodes: flags.nodes}
  const options = {...connectOptions(settings), name, ...nodes, progress: note}
  const nothing = {lab: name, settings: {}, map: null}
  if (flags['dry-run'] === true) {
    const {cluster, members} = await lookAtAdd(docker, options)
    show(`would add cluster ${cluster} to lab ${name}: ${members.join(', ')}`)
    return {...nothing, did: 'nothing (dry run)', shards: [{name: cluster, members}]}
  }
  const texts = {once: 'interrupted: stopping; again to stop at once', twice: 'run it again to go on', note}
  const {lab, added} = await interruptible(texts, async signal => addCluster(docker, {...options, signal}))
  const next = hintText(
    hint('shards add', {args: [added.cluster], why: 'makes it a shard, and gives it its share'}),
    name,
  )
  show(`cluster ${added.cluster} of lab ${name} is up: ${added.members.join(', ')}\nnext: ${next}`)
  const shards = lab.clusters.map(({cluster, endpoints}) => ({name: cluster.name, members: cluster.members, endpoints}))
  return {...nothing, did: 'added', shards}
}
