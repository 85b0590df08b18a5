// The recovery time as a client saw it, with its parts and what surrounds it. Definitions: docs/measuring.md,
// "Failover" and "Recovery".
// Invariant: what never recovered is null with `recovered` false, never a number. Not here: what an outage is
// (outages.ts), which write ends a recovery (recovery.ts).
import {acknowledged, type ReadOp} from '../model/history.ts'
import type {Rto, RtoBounds, RtoPart} from '../model/rto.ts'
import {brownOutMs, unavailableShare} from './availability.ts'
import {where, within} from './columns.ts'
import {eventsOf} from './events-of.ts'
import {isWriteError} from './conflict.ts'
import type {Facts} from './facts.ts'
import {faultBehind} from './fault-behind.ts'
import type {DisasterMoment} from './moments.ts'
import {boundsOfInterrupted} from './interruption.ts'
import {attemptsOf, findOutages, longestOutage, outageRule, type Outage} from './outages.ts'
import {phaseParts} from './phase-parts.ts'
import {endsWithTableWrite, type Recovery} from './recovery.ts'
import {isAnswered} from './reads.ts'
import {rtoBounds} from './rto-bounds.ts'
import {rtoParts} from './rto-parts.ts'
import type {Sequence} from './sequence.ts'

/**
 * null when nothing was written, when nothing was disturbed and nothing stopped, of a refusal, and where the disaster
 * that the scenario is about never came. A fault that stopped nothing has an RTO of 0 ms.
 */
export function measureRto(facts: Facts): Rto | null {
  const {record, served, moments, outage, recovery} = facts
  if (recovery !== null) {
    const {disaster} = moments
    return record.scenario.expect.kind === 'refusal' || disaster === null ? null : ofRecovery(facts, recovery, disaster)
  }
  return served.length === 0 || (outage === null && moments.disturbedMs === null) ? null : ofFailover(facts)
}

/** Several outages: the longest after the disturbance is the RTO, all are listed. */
function ofFailover(facts: Facts): Rto {
  const {moments, outage, outages, service, coverage, rule} = facts
  const sinceMs = moments.disturbedMs ?? -Infinity
  const cutOff = outage !== null && outage.toMs === null ? boundsOfInterrupted(facts.events, outage.fromMs) : null
  const bounds = cutOff ?? rtoBounds({outage, outages, attempts: service.attempts, coverage, rule, sinceMs})
  const parts = outage === null || bounds !== null ? [] : partsOf(facts, outage)
  const recovered = bounds === null ? outage === null || outage.toMs !== null : bounds.mostMs !== null
  return {
    ...surroundings(facts, moments.faultMs ?? moments.disturbedMs ?? outage?.fromMs ?? 0),
    ms: recovered && bounds === null ? parts.reduce((sum, part) => sum + part.ms, 0) : null,
    recovered,
    ...(bounds === null ? {} : {bounds}),
    parts,
    timeToRedundancyMs: timeToRedundancyMs(facts),
    timeToFirstErrorMs: timeToFirstErrorMs(facts, moments.disturbedMs, referenceMs(facts)),
    fromFaultMs: fromFaultMs(facts),
    brownOutMs: outage === null ? 0 : brownOutAfter(facts, outage),
    predictedMs: null,
  }
}

/** From the disaster to the first write of what came back; what never came back has the parts as far as it came. */
function ofRecovery(facts: Facts, {phases, firstWriteMs, redundantMs}: Recovery, disaster: DisasterMoment): Rto {
  const startMs = disaster.commandedMs
  const endMs = firstWriteMs ?? Math.max(startMs, ...phases.map(phase => phase.toMs))
  const since = (atMs: number): number => Math.round(atMs) - Math.round(startMs)
  const bounds =
    firstWriteMs === null ? boundsOfInterrupted(facts.events, startMs) : boundsOfRecovery(facts, startMs, firstWriteMs)
  return {
    ...surroundings(facts, startMs),
    ms: firstWriteMs === null || bounds !== null ? null : since(firstWriteMs),
    recovered: firstWriteMs !== null && bounds?.mostMs !== null,
    ...(bounds === null ? {} : {bounds}),
    parts: phaseParts(phases, startMs, endMs),
    timeToRedundancyMs:
      firstWriteMs === null || redundantMs === null ? null : since(Math.max(redundantMs, firstWriteMs)),
    timeToFirstErrorMs: timeToFirstErrorMs(facts, startMs, startMs),
    fromFaultMs: firstWriteMs === null ? null : Math.max(0, Math.round(firstWriteMs - disaster.doneMs)),
    brownOutMs: firstWriteMs === null ? null : brownOutMs(facts.served, startMs, firstWriteMs),
    predictedMs: facts.record.recovery?.restore?.predictedMs ?? null,
  }
}

/** A table has one write to show; everything else must be seen to go on. */
function boundsOfRecovery(facts: Facts, fromMs: number, toMs: number): RtoBounds | null {
  const {record, outages, service, coverage, rule} = facts
  if (endsWithTableWrite(record.scenario.steps)) return null
  const attempts = within(service.attempts, 'completedMs', {from: fromMs})
  return rtoBounds({outage: {fromMs, toMs}, outages, attempts, coverage, rule, sinceMs: fromMs})
}

function surroundings(
  facts: Facts,
  sinceMs: number,
): Pick<Rto, 'unavailableShare' | 'readsPrimaryMs' | 'readsStandbyMs' | 'outages' | 'resolutionMs'> {
  const {disturbedMs} = facts.moments
  return {
    unavailableShare: unavailableShare(facts.served, sinceMs),
    readsPrimaryMs: readsRtoMs(facts.readsPrimary, disturbedMs),
    readsStandbyMs: readsRtoMs(facts.readsStandby, disturbedMs),
    outages: facts.outages.map(({fromMs, toMs}) => ({
      fromMs: Math.round(fromMs),
      toMs: toMs === null ? null : Math.round(toMs),
    })),
    resolutionMs: resolutionMs(facts),
  }
}

function partsOf(facts: Facts, outage: Outage): readonly RtoPart[] {
  const {fromMs, toMs} = outage
  if (toMs === null) return []
  const ok = where(facts.served, acknowledged)
  const before = within(
    where(ok, ({node}) => node !== null),
    'completedMs',
    {upTo: fromMs},
  )
  const faultMs = faultOf(facts, outage)
  return rtoParts({
    fromMs,
    toMs,
    faultMs,
    fault: faultBehind(facts.record.scenario, facts.events, faultMs),
    servedBefore: before.at(-1)?.node ?? null,
    servedAfter: within(ok, 'completedMs', {from: toMs, upTo: toMs}).at(0)?.node ?? null,
    silenced: facts.moments.silenced,
    events: facts.events,
  })
}

/** Of several faults, the one behind an outage is the first that was seen during it, else the last before it. */
function faultOf({moments}: Facts, {fromMs, toMs}: Outage): number | null {
  return (
    moments.faultsMs.find(atMs => atMs >= fromMs && atMs <= (toMs ?? Infinity)) ??
    moments.faultsMs.findLast(atMs => atMs < fromMs) ??
    moments.faultMs
  )
}

/** The reference for what is counted from the fault: t_fault, else the start of the outage. */
function referenceMs({moments, outage}: Facts): number | null {
  return moments.faultMs ?? outage?.fromMs ?? null
}

/**
 * Until the first sight of full redundancy after the last heal, or until writes are back where that is later; null when
 * it was not seen.
 */
function timeToRedundancyMs(facts: Facts): number | null {
  const startMs = referenceMs(facts)
  if (startMs === null || facts.outage?.toMs === null) return null
  const calmMs = Math.max(startMs, facts.moments.calmMs ?? startMs)
  const healthy = eventsOf(facts.events, 'cluster.healthy').find(event => event.atMs >= calmMs)
  return healthy === undefined ? null : Math.round(Math.max(healthy.atMs, facts.outage?.toMs ?? startMs) - startMs)
}

/**
 * The first error after the fault was commanded; 0 when it came before the effect was verified, null when there was
 * none.
 */
function timeToFirstErrorMs(facts: Facts, sinceMs: number | null, fromMs: number | null): number | null {
  if (fromMs === null) return null
  const error = where(facts.served, isWriteError).find(op => op.completedMs >= (sinceMs ?? fromMs))
  return error === undefined ? null : Math.max(0, Math.round(error.completedMs - fromMs))
}

function fromFaultMs({moments, outage, served}: Facts): number | null {
  const {faultMs} = moments
  if (faultMs === null) return null
  const backMs =
    outage === null ? where(served, acknowledged).find(op => op.completedMs >= faultMs)?.completedMs : outage.toMs
  return backMs === undefined || backMs === null ? null : Math.max(0, Math.round(backMs - faultMs))
}

function brownOutAfter(facts: Facts, outage: Outage): number | null {
  if (outage.toMs === null) return null
  return brownOutMs(facts.served, Math.min(facts.moments.disturbedMs ?? outage.fromMs, outage.fromMs), outage.toMs)
}

/**
 * The longest outage of reads by the same rule as writes: 0 when they never stopped; null when there were none or they
 * never came back.
 */
function readsRtoMs(reads: Sequence<ReadOp>, disturbedMs: number | null): number | null {
  const attempts = attemptsOf(reads, isAnswered)
  if (where(attempts, ({good}) => good).length === 0) return null
  const outage = longestOutage(findOutages(attempts, outageRule(attempts, disturbedMs)), disturbedMs)
  if (outage === null) return 0
  return outage.toMs === null ? null : Math.round(outage.toMs - outage.fromMs)
}

/**
 * The coarser of the two clocks that the parts are read from: the client's writes and the pinned ones; without pinned
 * writes roles are seen once a second.
 */
function resolutionMs({record}: Facts): number {
  const {writesPerSecond, pinnedWritesPerSecond} = record.config.load
  const every = (perSecond: number): number => (perSecond > 0 ? Math.round(1_000 / perSecond) : 1_000)
  return Math.max(every(writesPerSecond), every(pinnedWritesPerSecond))
}
