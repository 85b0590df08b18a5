// Scenarios and drills as the version before wrote them into a record, as scenarios of today. PURE. Not here: the rest
// of the record (upgrade-run.ts).
import {isFields, type Fields} from './shape.ts'

/** `nature` and `mustFail` said what `expect` says. */
export function upgradeScenario({nature, mustFail, expectation, cluster, ...scenario}: Fields): Fields {
  const settings = isFields(cluster) ? cluster['settings'] : {}
  return {
    ...scenario,
    rationale: expectation,
    expect: nature === 'control' ? {kind: 'failing-checks', checks: mustFail} : {kind: 'recovery'},
    clusters: [{name: 'main', settings, archive: 'none'}],
  }
}

/** A drill had no word on failovers, and its settings were those of the lab. */
export function upgradeDrill(drill: Fields): Fields {
  const {nature, mustFail, refusedWith, refusedSaying, expectation, archive, steps, load, ...rest} = drill
  const today = Array.isArray(steps) ? steps.map(upgradeStep) : steps
  return {
    ...rest,
    kind: 'recovery',
    rationale: expectation,
    expect: expectOf({nature, mustFail, refusedWith, refusedSaying}),
    failover: 'allowed',
    clusters: [
      {name: 'main', settings: {}, archive},
      ...(restoresIntoNewLab(today) ? [{name: 'restored', settings: {}, archive}] : []),
    ],
    load: {pinnedWritesPerSecond: 0, ...(isFields(load) ? load : {})},
    steps: today,
  }
}

function expectOf({nature, mustFail, refusedWith, refusedSaying}: Fields): Fields {
  if (nature === 'control') return {kind: 'failing-checks', checks: mustFail}
  if (nature !== 'refusal') return {kind: 'recovery'}
  return {kind: 'refusal', code: refusedWith, ...(refusedSaying === undefined ? {} : {saying: refusedSaying})}
}

function restoresIntoNewLab(steps: unknown): boolean {
  return Array.isArray(steps) && steps.some(step => isFields(step) && step['into'] === 'new-lab')
}

function upgradeStep(step: unknown): unknown {
  if (!isFields(step)) return step
  if (step['kind'] === 'tamper') return {kind: 'sabotage', sabotage: step['tampering']}
  return step['kind'] === 'repair' ? {kind: 'rebuild'} : step
}
