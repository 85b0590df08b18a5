// The shards of a lab and their map on the screen. PURE. Not here: sizes (sizes-screen.ts).
import {hint, hintText} from '../../src/model/command-hint.ts'
import {plural} from '../../src/model/quantity.ts'
import {printable} from '../../src/report/printable.ts'
import type {Paint, Theme} from '../../src/report/theme.ts'
import {rangesText} from '../../src/sharding/group-ranges.ts'
import type {ListedShard, MapAnswer, ShardsAnswer} from '../../src/sharding/look-at-shards.ts'
import {tableLines, type Cell} from './table.ts'

const shardColumns = [
  {name: 'SHARD'},
  {name: 'PRIMARY'},
  {name: 'OWNS', align: 'right'},
  {name: 'GROUPS'},
  {name: 'STANDING'},
] as const

/** Ends in a newline. */
export function shardsScreen({lab, map, shards}: ShardsAnswer, theme: Theme): string {
  return [
    ...tableLines(
      shardColumns,
      shards.map(shard => shardCells(shard, theme)),
      theme.dim,
    ),
    ...shards.flatMap(({shard, reason}) => (reason === '' ? [] : [`${theme.fail(`${shard}:`)} ${printable(reason)}`])),
    ...(shards.some(({standing}) => standing === 'behind')
      ? [`one that was restored by itself: ${hintText(hint('shards reconcile', {why: 'brings it in line'}), lab)}`]
      : []),
    map === null ? 'map       not known' : `map       ${map.id}, epoch ${map.epoch}, kept on ${map.catalog}`,
    '',
  ].join('\n')
}

function shardCells(shard: ListedShard, theme: Theme): readonly Cell[] {
  return [
    shard.shard,
    shard.primary ?? {text: 'none', paint: theme.fail},
    String(shard.groupsOwned),
    groupsText(shard),
    {text: standingWords[shard.standing], paint: standingPaint(shard.standing, theme)},
  ]
}

function groupsText({groups, leaving, coming}: ListedShard): string {
  return [
    rangesText(groups),
    ...(leaving.length === 0 ? [] : [`leaving ${rangesText(leaving)}`]),
    ...(coming.length === 0 ? [] : [`coming ${rangesText(coming)}`]),
  ].join('; ')
}

const standingWords: Readonly<Record<ListedShard['standing'], string>> = {
  serving: 'serves',
  unknown: 'not known',
  behind: 'behind the map',
  wrong: 'not this shard',
}

const standingPaint = (standing: ListedShard['standing'], theme: Theme): Paint =>
  standing === 'serving' ? theme.ok : theme.fail

/** Ends in a newline. */
export function mapScreen({id, epoch, catalog, shards, ranges}: MapAnswer, theme: Theme): string {
  return [
    `map ${theme.strong(id)}, epoch ${epoch}, kept on ${catalog}: ${shards
      .map(({shard, groupsOwned}) => `${shard} has ${plural(groupsOwned, 'group')}`)
      .join(', ')}`,
    ...tableLines(
      [{name: 'GROUPS'}, {name: 'SLOTS'}, {name: 'SHARD'}, {name: 'EPOCH', align: 'right'}],
      ranges.map(({from, to, shard, epoch: each}) => [
        rangesText([{from, to}]),
        `${from * slotsOfGroup}-${(to + 1) * slotsOfGroup - 1}`,
        shard,
        String(each),
      ]),
      theme.dim,
    ),
    '',
  ].join('\n')
}

const slotsOfGroup = 64
