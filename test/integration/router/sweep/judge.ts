// A topic on a lane: each case in each place, compared with what is wanted and with what is meant to differ. For tests
// only.
import type {Case, Topic} from './case.ts'
import {differences} from './differences.ts'
import type {Lane} from './lane.ts'
import {differenceOf, type Outcome} from './outcome.ts'
import {routerPlaces, runsIn, type PlaceName} from './places.ts'

export interface Judged {
  /** What differs and is not meant to, in words. */
  readonly news: string[]
  /** Names of the differences that are meant and were seen. */
  readonly meant: Set<string>
  executions: number
}

export async function judge(topic: Topic, lane: Lane): Promise<Judged> {
  const judged: Judged = {news: [], meant: new Set(), executions: 0}
  for (const test of topic.cases) await judgeCase(test, lane, judged)
  return judged
}

async function judgeCase(test: Case, lane: Lane, judged: Judged): Promise<void> {
  const wanted = await lane.wanted(test)
  const readings = await lane.readingsOf(test)
  for (const place of routerPlaces.filter(one => runsIn(one, test))) {
    const want = wanted.get(place.oracle)
    if (want === undefined) throw new Error(`nothing is wanted of ${place.oracle}`)
    for (const reading of readings) {
      judged.executions++
      const told = toldOf(place.name, test, want, await lane.got(place, reading, test), judged.meant)
      if (told !== null) judged.news.push(`${test.id} | ${place.name} ${reading} | ${told}`)
    }
  }
}

function toldOf(place: PlaceName, test: Case, wanted: Outcome, got: Outcome, seen: Set<string>): string | null {
  const told = differenceOf(wanted, got)
  if (told === null) return null
  const meant = differences.find(({places, is}) => places.includes(place) && is(wanted, got, test))
  if (meant === undefined) return told
  seen.add(meant.name)
  return null
}
