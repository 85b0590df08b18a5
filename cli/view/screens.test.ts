// Every screen of the command line against its golden file, in test/golden. Not here: reports
// (test/golden/golden.test.ts).
import {defaultSettings} from '../../src/model/topology.ts'
import type {RunEvent} from '../../src/model/run-event.ts'
import {plainTheme} from '../../src/report/theme.ts'
import {brokenCluster, crashPlan, healthyCluster, twoShards} from '../../test/golden/fixture-cluster.ts'
import {crashEvents, neverRecoveredEvents} from '../../test/golden/fixture-events.ts'
import {explainedRead, explainedWrite} from '../../test/golden/fixture-explain.ts'
import {lossReport} from '../../test/golden/fixture-recovery.ts'
import {listedShards, preparedParts, shardMapAnswer, sizes} from '../../test/golden/fixture-shards.ts'
import {holdGolden} from '../../test/golden/hold-golden.ts'
import {explainScreen} from './explain-screen.ts'
import {lineView} from './line-view.ts'
import {planScreen} from './plan-screen.ts'
import {mapScreen, shardsScreen} from './shards-screen.ts'
import {sizesScreen} from './sizes-screen.ts'
import {labScreen, statusScreen, type StatusExtra} from './status-screen.ts'
import {preparedScreen} from './tx-screen.ts'

const extra: StatusExtra = {
  theme: plainTheme,
  profile: 'patroni-3',
  ports: {pg1: 24_321, pg2: 24_322, pg3: 24_323},
  faults: [],
}

function lines(events: readonly RunEvent[]): string {
  let text = ''
  const view = lineView(line => {
    text += line
  }, plainTheme)
  for (const event of events) view.onEvent(event)
  return text
}

holdGolden({
  'shards-list.txt': theme => shardsScreen(listedShards, theme),
  'shards-map.txt': theme => mapScreen(shardMapAnswer, theme),
  'shards-sizes.txt': theme => sizesScreen(sizes, theme),
  'tx-list.txt': theme => preparedScreen(preparedParts, theme),
  'lines-crash.txt': () => lines(crashEvents),
  'lines-loss.txt': () => lines(lossReport.events),
  'lines-never.txt': () => lines(neverRecoveredEvents),
  'status-healthy.txt': theme => statusScreen(healthyCluster, defaultSettings, {...extra, theme}),
  'status-broken.txt': theme =>
    statusScreen(brokenCluster, defaultSettings, {...extra, theme, faults: ['kill-container on pg1']}),
  'status-monitoring.txt': theme =>
    statusScreen(healthyCluster, defaultSettings, {
      ...extra,
      theme,
      monitoring: {
        prometheus: 'http://10.231.0.51:9090',
        alertmanager: 'http://10.231.0.52:9093',
        exporter: {host: '10.231.0.1', port: 24_363},
        alertsTo: 'https://alerts.example.net',
      },
    }),
  'status-shards.txt': theme =>
    labScreen(twoShards, {
      theme,
      profile: 's1 2, s2 2 PostgreSQL, 3 etcd, no pgpool',
      ports: {'s1-pg1': 24_321, 's1-pg2': 24_322, 's2-pg1': 24_323, 's2-pg2': 24_324},
    }),
  'plan.txt': theme => planScreen(crashPlan, theme),
  'explain-read.txt': theme => explainScreen(explainedRead, theme),
  'explain-write.txt': theme => explainScreen(explainedWrite, theme),
})
