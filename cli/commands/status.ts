// `hl status`: one screen about a lab.
import {Flags} from '@oclif/core'
import {exitCode} from '../../src/model/errors.ts'
import {endpointsOf} from '../../src/lab/lifecycle/endpoints.ts'
import {faultsInPlace} from '../../src/faults/in-place.ts'
import {defaultSettings, healthProblems} from '../../src/model/topology.ts'
import type {ClusterSettings, ClusterState} from '../../src/model/topology.ts'
import {BaseCommand} from '../base-command.ts'
import {interruptible} from '../interrupt.ts'
import {monotonicClock} from '../../src/waiting/monotonic-clock.ts'
import {statusScreen} from '../view/status-screen.ts'
import {openLab} from '../wire.ts'

export interface StatusAnswer {
  readonly state: ClusterState
  readonly settings: ClusterSettings | null
  readonly problems: readonly string[]
  readonly faults: readonly string[]
}

export default class Status extends BaseCommand {
  static override summary = 'Show who is primary, who streams, the lease, etcd, and what is wrong'
  static override flags = {
    watch: Flags.boolean({char: 'w', description: 'again every second until Ctrl-C'}),
    check: Flags.boolean({description: 'exit 4 when the lab is not healthy'}),
  }
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --watch',
    '<%= config.bin %> status --check --json',
  ]

  override async run(): Promise<StatusAnswer> {
    const {flags} = await this.parse(Status)
    const lab = await openLab(this.settingsFrom(flags))
    const theme = this.theme(process.stdout)
    const ports = Object.fromEntries(
      Object.entries(endpointsOf(lab.description, 'published').postgres).map(([node, {port}]) => [node, port]),
    )
    const look = async (): Promise<StatusAnswer> => {
      const [state, settings, faults] = await Promise.all([
        lab.cluster.state(),
        lab.cluster.settings().catch(() => null),
        faultsInPlace(lab.cluster),
      ])
      return {state, settings, faults, problems: healthProblems(state, settings ?? defaultSettings)}
    }
    const screen = ({state, settings, faults}: StatusAnswer): string =>
      statusScreen(state, settings, {theme, profile: 'patroni-3', ports, faults})
    if (flags.watch && !this.jsonEnabled()) return this.watch(look, screen)
    const answer = await look()
    this.show(screen(answer))
    if (flags.check && answer.problems.length > 0) this.exitWith(exitCode.notReady)
    return answer
  }

  /** Ctrl-C is how it ends: no error. */
  private async watch(
    look: () => Promise<StatusAnswer>,
    screen: (answer: StatusAnswer) => string,
  ): Promise<StatusAnswer> {
    const clock = monotonicClock()
    return interruptible({once: '', twice: '', note: () => undefined}, async signal => {
      for (;;) {
        const answer = await look()
        if (!signal.aborted)
          process.stdout.write(`${process.stdout.isTTY ? '\u001B[2J\u001B[H' : ''}${screen(answer)}\n`)
        await clock.wait(1_000, signal).catch(() => undefined)
        if (signal.aborted) return answer
      }
    })
  }
}
