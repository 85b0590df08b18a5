// Migrations on the screen. PURE. A shard's name comes first on each line, since what differs between shards is what
// one looks for.
import type {MigrationFailure, MigrationsReport, MigrationsStatus, ShardMaintenance} from '../../src/shards/index.ts'
import {plural} from '../../src/model/quantity.ts'

/** What is applied and due on each shard, and what stands in the way. */
export function statusText({shards, refusals, drift}: MigrationsStatus): string {
  return [
    ...shards.map(({shard, applied, begun, pending}) =>
      line(shard, [
        `${plural(applied.length, 'migration')} applied`,
        pending.length === 0 ? 'none pending' : `pending: ${list(pending)}`,
        ...(begun.length === 0 ? [] : [`cut off: ${list(begun)}`]),
      ]),
    ),
    ...refusals.map(({message}) => `REFUSED  ${message}`),
    ...(drift === null ? [] : [`DIFFERS  ${drift.message}`]),
  ].join('\n')
}

export function reportText({shards, drift}: MigrationsReport): string {
  return [
    ...shards.flatMap(({shard, applied, skipped, pending, failure}) => [
      line(shard, [
        applied.length === 0 ? 'nothing applied' : `applied ${list(applied)}`,
        ...(skipped.length === 0 ? [] : [`${skipped.length} before`]),
        ...(pending.length === 0 ? [] : [`pending: ${list(pending)}`]),
      ]),
      ...(failure === null ? [] : [`FAILED   ${shard}: ${failureText(failure)}`]),
    ]),
    ...(drift === null ? [] : [`DIFFERS  ${drift.message}`]),
  ].join('\n')
}

/** What maintenance made and detached on each shard. */
export function maintenanceText(shards: readonly ShardMaintenance[]): string {
  return shards
    .flatMap(({shard, tables, keptForMove, failure}) =>
      failure === null
        ? tables.map(({table, made, detached, dropped, ahead, strayRows}) =>
            line(shard, [
              `${table}: ${made.length === 0 ? 'none made' : `made ${list(made)}`}`,
              ...detached.map(({partition, rows}) => `detached ${partition} with ${plural(rows, 'row')}`),
              ...dropped.map(partition => `dropped ${partition}`),
              `${ahead} ahead`,
              ...(keptForMove === null ? [] : [`nothing detached while move ${keptForMove} is on`]),
              ...(strayRows === 0 ? [] : [`${plural(strayRows, 'row')} in the default partition`]),
            ]),
          )
        : [`FAILED   ${shard}: ${failure}`],
    )
    .join('\n')
}

function failureText({migration, message, line: at, column, detail, hint, outcome, tries}: MigrationFailure): string {
  return [
    `${migration}${at === null ? '' : `:${at}:${column ?? 1}`}: ${message}`,
    ...(detail === null ? [] : [detail]),
    ...(hint === null ? [] : [hint]),
    ...(tries === 1 ? [] : [`${tries} tries`]),
    outcome === 'unknown' ? 'whether it was applied is found out by running it again' : 'nothing of it was applied',
  ].join('; ')
}

const line = (shard: string, parts: readonly string[]): string => `${shard.padEnd(8)} ${parts.join('; ')}`
const list = (names: readonly string[]): string => names.join(', ')
