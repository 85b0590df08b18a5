// Ten trials made by hand; one of them never recovered. All figures are invented.
import type {TrialSummary} from '../../src/model/report.ts'

const trialRtos = [19_240, 18_620, 20_480, 19_900, 19_310, null, 21_220, 19_760, 20_050, 19_980]

/** Ten seconds before the fault, sixty after it. */
function writesOk(rtoMs: number | null): readonly number[] {
  const backS = rtoMs === null ? 60 : Math.ceil(rtoMs / 1_000)
  return Array.from({length: 70}, (_none, second) => (second < 10 || second >= 10 + backS ? 20 : 0))
}

export const trials: TrialSummary = {
  n: 10,
  rtoMs: {min: 18_620, p50: 19_900, p95: null, max: null},
  parts: {
    detect: {min: 15_900, p50: 17_020, p95: 18_400, max: 18_400},
    elect: {min: 540, p50: 620, p95: 880, max: 880},
    promote: {min: 1_210, p50: 1_400, p95: 1_610, max: 1_610},
    reroute: {min: 610, p50: 800, p95: 990, max: 990},
  },
  timeToRedundancyMs: {min: 32_000, p50: 34_400, p95: null, max: null},
  verdicts: {pass: 9, fail: 1, unknown: 0},
  neverRecovered: 1,
  lost: 0,
  acknowledged: 48_210,
  outliers: [
    {trial: 6, rtoMs: null, reason: 'pg2 was not in the sync state, so nobody might stand'},
    {trial: 7, rtoMs: 21_220, reason: 'pg2 was checkpointing'},
  ],
  runs: trialRtos.map((rtoMs, index) => ({
    run: `fixture-trials-${index + 1}`,
    trial: index + 1,
    verdict: rtoMs === null ? 'fail' : 'pass',
    rtoMs,
    lost: 0,
    startedAt: `2026-01-01T10:${String(index * 5).padStart(2, '0')}:00.000Z`,
    curve: {fromMs: -10_000, writesOk: writesOk(rtoMs)},
  })),
}
