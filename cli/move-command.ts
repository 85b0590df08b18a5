// What commands share that move groups: plan, show, ask, carry out; and those that go on with a move. Not here: what is
// asked for (commands/shards/), what a move does (src/shards).
import {exitCode} from '../src/model/errors.ts'
import type {MoveReport} from '../src/shards/index.ts'
import {
  carryOutPlan,
  continueMove,
  planVerb,
  requireUnopposed,
  type MoveVerb,
  type VerbAnswer,
  type VerbPlan,
} from '../src/sharding/carry-out-moves.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {planOverShards, type PlanAnswer, type PlanRequest} from '../src/sharding/plan-over-shards.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'
import {BaseCommand} from './base-command.ts'
import {interruptible} from './interrupt.ts'
import {openMoveView} from './open-view.ts'
import {confirmYes} from './view/ask.ts'
import {movedText, planScreen, verbPlanText, verbText} from './view/move-screen.ts'
import {docker} from './wire.ts'

/** `hl shards rebalance` and the like. */
export interface MovesAnswer {
  /** null: nothing was planned. */
  readonly plan: PlanAnswer | null
  /** Empty with --dry-run. */
  readonly moved: readonly MoveReport[]
}

interface MovingFlags {
  readonly 'dry-run'?: boolean | undefined
  readonly 'yes'?: boolean | undefined
  readonly 'finish'?: boolean | undefined
}

interface VerbAsked {
  readonly asks: string | null
  readonly flags: {
    readonly 'dry-run'?: boolean | undefined
    readonly 'yes'?: boolean | undefined
    readonly 'take-over'?: boolean | undefined
  }
}

export abstract class MoveCommand extends BaseCommand {
  /** Plans, shows, asks and moves; exit 4 where --dry-run finds what would be refused. */
  protected async moveAll(lab: ConnectedLab, request: PlanRequest, flags: MovingFlags): Promise<MovesAnswer> {
    const plan = await planOverShards(lab, request)
    this.show(planScreen(plan, {theme: this.theme(process.stdout), finish: flags.finish === true}))
    const isOpposed = plan.moves.some(({refusals}) => refusals.length > 0)
    if (flags['dry-run'] === true && isOpposed) this.exitWith(exitCode.notReady)
    if (flags['dry-run'] === true || plan.moves.length === 0) return {plan, moved: []}
    requireUnopposed(plan)
    if (flags.yes !== true)
      await confirmYes({
        text: `Move ${plan.moves.reduce((sum, {groups}) => sum + groups.length, 0)} groups while the application runs?`,
        mayAsk: this.mayAsk(),
        otherwise: '--yes moves without a question, --dry-run shows the plan',
      })
    const moved = await this.watched(lab, async (signal, onProgress) =>
      carryOutPlan(docker, lab, plan, {
        finish: flags.finish === true,
        clock: monotonicClock(),
        signal,
        onProgress,
      }),
    )
    this.show(movedText(plan, moved))
    return {plan, moved}
  }

  /** Goes on with one; `asks`: what a person confirms first. */
  protected async goOn(
    lab: ConnectedLab,
    verb: MoveVerb,
    id: string | undefined,
    asked: VerbAsked,
  ): Promise<VerbAnswer | VerbPlan> {
    const {asks, flags} = asked
    if (flags['dry-run'] === true || (asks !== null && flags.yes !== true)) {
      const plan = await planVerb(lab, id, verb)
      this.show(verbPlanText(plan))
      if (flags['dry-run'] === true) return plan
    }
    if (asks !== null && flags.yes !== true)
      await confirmYes({text: asks, mayAsk: this.mayAsk(), otherwise: '--yes does it without a question'})
    const takeOver = flags['take-over'] === true
    const answer = await this.watched(lab, async (signal, onProgress) =>
      continueMove(docker, lab, {id, verb, takeOver, clock: monotonicClock(), signal, onProgress}),
    )
    this.show(verbText(answer))
    return answer
  }

  private async watched<T>(
    lab: ConnectedLab,
    work: (signal: AbortSignal, onProgress: ReturnType<typeof openMoveView>['onProgress']) => Promise<T>,
  ): Promise<T> {
    const view = openMoveView({
      quiet: this.argv.includes('--quiet') || this.argv.includes('-q'),
      verbose: this.argv.includes('--verbose'),
      json: this.jsonEnabled(),
      theme: this.theme(process.stderr),
    })
    const texts = {
      once: 'interrupted: stopping before the next step; writes are never left waiting',
      twice: `left where it stands; hl shards status --lab ${lab.cluster.lab} tells where that is`,
      note: this.note,
    }
    try {
      return await interruptible(texts, async signal => work(signal, view.onProgress))
    } finally {
      view.close()
    }
  }
}
