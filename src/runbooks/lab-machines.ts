// Carries out the blocks of a runbook on a lab: hl on this machine, a shell or psql in the container of a node.
// Invariant: what a block began ends with it, also at Ctrl-C; no password of the lab is in what it said. Not here:
// which block comes next (follow.ts).
import {join} from 'node:path'
import {runProgram} from '../lab/docker/docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {serviceOf} from '../lab/lifecycle/lab-description.ts'
import {lentLabVariable} from '../lab/lifecycle/lock.ts'
import {packageRoot} from '../lab/lifecycle/package-files.ts'
import {chooseNode} from '../lab/patroni/plan-switchover.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, Cluster, ExecResult} from '../model/ports.ts'
import {redact} from '../report/redact.ts'
import {within} from '../waiting/await-until.ts'
import type {Said} from './expectations.ts'
import type {Machines} from './follow.ts'
import {hostCommands} from './host-commands.ts'
import type {Block} from './runbook.ts'

type Lab = Pick<ConnectedLab, 'cluster' | 'clusters' | 'description' | 'secrets'>
type Options = Parameters<Machines['carryOut']>[2]

/** The machines of a lab; primary, standby and any are those of one cluster of it. */
export function labMachines({cluster, clusters, description, secrets}: Lab, clock: Clock): Machines {
  /** The cluster that has it as a member, maybe another one than that of the runbook; null: it is no member. */
  const clusterOf = (service: string): Cluster | null =>
    clusters.find(each => each.cluster.members.includes(service))?.cluster ?? null
  const saidBy = (all: readonly ExecResult[]): Said => ({
    exitCode: all.at(-1)?.exitCode ?? null,
    output: redact(all.map(({stdout, stderr}) => `${stdout}${stderr}`).join(''), Object.values(secrets)),
  })
  return {
    async find({on}) {
      if (on === 'host') return on
      if (on === 'any') return anyMember({cluster})
      if (on === 'primary' || on === 'standby') return chooseNode(await cluster.state(), on)
      return clusterOf(on) === null ? serviceOf(description, on).name : on
    },
    async carryOut(block, at, options) {
      if (at === 'host') return saidBy(await onHost(block, cluster.lab, options))
      const argv = block.language === 'sql' ? psql(block.text) : ['sh', '-c', block.text]
      const owner = clusterOf(at)
      // Only nodes with PostgreSQL have its user.
      const user = owner === null ? {} : {user: 'postgres'}
      const work = (owner ?? cluster).exec(at, argv, {...user, timeoutMs: options.timeoutMs, bound: true})
      const what = `the block in line ${block.line} to end on ${at}`
      return saidBy([await within(work, {clock, signal: options.signal, withinMs: options.timeoutMs, what})])
    },
  }
}

const psql = (sql: string): readonly string[] => ['psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'hl', '-c', sql]

async function anyMember({cluster}: Pick<Lab, 'cluster'>): Promise<string> {
  const all = await Promise.all(
    cluster.members.map(async name => ({name, status: await cluster.containerStatus(name)})),
  )
  const found = all.find(({status}) => status === 'running')
  if (found !== undefined) return found.name
  throw new HlError('LAB_UNHEALTHY', `no member of lab ${cluster.lab} runs`, {next: ['start one of them']})
}

/** One command after the other, until one does not end as the block says. */
async function onHost(block: Block, lab: string, options: Options): Promise<readonly ExecResult[]> {
  const said: ExecResult[] = []
  for (const words of hostCommands(block.text).commands) {
    const one = await runProgram(process.execPath, [entry(), ...words], {
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      // It works under the lock of whoever follows, where that has it.
      env: {HL_LAB: lab, [lentLabVariable]: lab, NO_COLOR: '1', CI: '1'},
    })
    said.push(one)
    if (one.exitCode !== block.exitCode) break
  }
  return said
}

/** Of this package, be it a checkout or installed. */
const entry = (): string => join(packageRoot(), 'bin', 'hl.js')
