// Budgets and trends as one HTML file, like a report. Invariant: built from markup.ts nodes only. Not here: the frame
// of a page (html-page.ts), what cells say (slo-rows.ts), the charts (svg-trend.ts).
import type {SloReport, SloResult, Trend} from '../model/stored-figures.ts'
import {formatMs} from '../model/time.ts'
import {page, section, titleLine} from './html-page.ts'
import {table, tiles} from './html-tables.ts'
import {element, type Child} from './markup.ts'
import type {MetricRow} from './metric-rows.ts'
import {capitalized, formatCount} from '../model/quantity.ts'
import {countedText, sloCells, targetText, trendCells, trendColumns} from './slo-rows.ts'
import {trendChart} from './svg-trend.ts'

/** The whole document. */
export function sloHtml(report: SloReport, trends: readonly Trend[]): string {
  const title = `${report.verdict.toUpperCase()} error budgets`
  return page(
    title,
    element(
      'header',
      {},
      titleLine({verdict: report.verdict, scenario: 'Error budgets'}),
      element('p', {}, `${countedText(report)}.`),
      element(
        'p',
        {class: 'meta'},
        'What is not known of a run is counted as unknown: it spends nothing, and nothing passes that depends on it.',
      ),
    ),
    tiles(report.objectives.map(tileOf)),
    scenariosSection(report),
    trendsSection(trends),
  )
}

function tileOf(slo: SloResult): MetricRow {
  const [name = '', , good = '', bad = '', unknown = '', spent = '', allowed = ''] = sloCells(slo)
  return {
    name: capitalized(name),
    value: spent,
    limit: `of ${allowed}, for ${targetText(slo.target)}`,
    verdict: slo.verdict,
    note: `${good} good, ${bad} bad, ${unknown} unknown`,
  }
}

function scenariosSection({scenarios}: SloReport): Child {
  if (scenarios.length === 0) return []
  const num = {className: 'num'}
  return section(
    'What it was spent on',
    table(
      [
        {name: 'scenario'},
        {name: 'runs', ...num},
        {name: 'unknown', ...num},
        {name: 'without writes', ...num},
        {name: 'lost writes', ...num},
      ],
      scenarios.map(({scenario, runs, unknown, outageMs, lost}) => [
        scenario,
        formatCount(runs),
        formatCount(unknown),
        formatMs(outageMs),
        formatCount(lost),
      ]),
    ),
  )
}

function trendsSection(trends: readonly Trend[]): Child {
  if (trends.length === 0) return []
  return section(
    'RTO over time',
    table(
      trendColumns.map((name, index) => ({name: name.toLowerCase(), ...(index < 2 ? {} : {className: 'num'})})),
      trends.map(trendCells),
    ),
    trends
      .filter(({points}) => points.length > 1)
      .map(trend => [element('h3', {}, `${trend.scenario} through ${trend.through}, oldest first`), trendChart(trend)]),
  )
}
