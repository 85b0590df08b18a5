// What to try next, from what the report shows: one or two lines, a command where there is one. Invariant: never advice
// that the settings rule out.
import type {Report} from '../model/report.ts'
import {explainParts, longestPart} from './rto-parts.ts'
import {formatShare} from './quantity.ts'

/** From this share of an RTO on, a part is what to shorten. */
const largeShareMin = 0.5
/** Patroni refuses a shorter ttl (patroni/config.py). */
const ttlFloorS = 20
const trialsForAFigure = 10

export interface Hint {
  readonly text: string
  readonly command: string | null
}

/** A word that a shell takes as one argument. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** The command that repeats this run: same scenario, same seed, same access path. */
export function repeatCommand(report: Report): string {
  const through = report.through === 'router' ? '' : ` --through ${report.through}`
  const trials = report.trials === null ? '' : ` --repeat ${report.trials.n}`
  return `hl ${report.command} --scenario ${shellWord(report.scenario)} --seed ${report.seed}${through}${trials}`
}

/** The most useful thing to do after reading this report; null when there is nothing to say. */
export function nextStep(report: Report): Hint | null {
  const repeat = repeatCommand(report)
  if (report.nature === 'refusal' && report.verdict === 'fail')
    return {
      text: 'this restore had to be refused as the drill says, and nothing changed: do not restore from such an archive until it does',
      command: repeat,
    }
  if (report.verdict === 'unknown')
    return {
      text: 'unknown is not a pass: see which assumption did not hold above, then repeat the run',
      command: repeat,
    }
  if (report.controlHeld === false)
    return {
      text: 'this control had to be rejected and was not: do not trust a pass of the same check until it is',
      command: repeat,
    }
  if (report.nature === 'control') return null
  if (report.splitBrain.acknowledgedMs > 0)
    return {
      text: 'two nodes acknowledged writes at the same time: see runbooks/split-brain.md, then judge the stored run again',
      command: judgeAgain(report),
    }
  if (report.verdict === 'fail' && report.command === 'drill')
    return {text: 'see what failed above; the run folder holds enough to judge it again', command: judgeAgain(report)}
  return report.command === 'drill' ? replayHint(report) : failoverHint(report)
}

function judgeAgain({run}: Report): string {
  return `hl runs check ${shellWord(run)}`
}

function replayHint(report: Report): Hint | null {
  const replay = explainParts(report).find(part => part.name === 'replay')
  if (replay === undefined || replay.share < largeShareMin) return null
  return {
    text: `replay is ${formatShare(replay.share)} of the recovery: it grows with the WAL since the backup, so more frequent backups shorten it`,
    command: null,
  }
}

function failoverHint(report: Report): Hint | null {
  if ((report.trials ?? report.writes).lost > 0) return lostHint(report)
  if (stayedAlone(report))
    return {
      text: `the load knew ${report.directTo ?? 'one node'} alone and followed nobody, so its outage lasts until that node is primary again: compare with a client that follows the primary`,
      command: repeatCommand({...report, through: 'router'}),
    }
  if (report.verdict === 'fail')
    return {text: 'see what failed above, then repeat the run with the same seed', command: repeatCommand(report)}
  return passHint(report)
}

/** An access path to one node fails by design where the primary moves: to repeat it would show the same. */
function stayedAlone({verdict, through, rto, objectives}: Report): boolean {
  return verdict === 'fail' && through === 'direct' && (rto?.recovered === false || objectives.some(({met}) => !met))
}

function lostHint(report: Report): Hint {
  const command = `hl failover --scenario ${shellWord(report.scenario)} --sync on --seed ${report.seed}`
  if (report.config.settings.synchronousMode === 'off')
    return {text: 'synchronous_mode is off, so a crash may lose what no standby had yet; compare with', command}
  return {
    text: 'acknowledged writes are gone although synchronous_mode is not off; keep the run folder and judge it again',
    command: judgeAgain(report),
  }
}

function passHint(report: Report): Hint | null {
  if (report.rto === null && report.trials === null) return null
  const longest = longestPart(explainParts(report))
  const {ttlS} = report.config.settings
  const repeat = `hl failover --scenario ${shellWord(report.scenario)}`
  if (longest?.name === 'detect' && longest.share >= largeShareMin && ttlS > ttlFloorS)
    return {
      text: `detection is ${formatShare(longest.share)} of the outage; see runbooks/tune-failover-time.md and compare with a shorter lease`,
      command: `${repeat} --ttl ${ttlFloorS}s --repeat ${trialsForAFigure}`,
    }
  if (report.trials === null)
    return {
      text: `one run is no figure: the fault's phase decides much of the RTO; measure ${trialsForAFigure}`,
      command: `${repeat} --repeat ${trialsForAFigure}`,
    }
  return null
}
