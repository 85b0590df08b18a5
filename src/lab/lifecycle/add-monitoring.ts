// Puts Prometheus and Alertmanager beside a lab that is there. Invariants: the lab goes on undisturbed; what is there
// already and is as it should be is left alone, what is not is made anew; it goes with the lab. Not here: what they are
// made with (monitoring-services.ts), the exporter (src/monitor).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import {runSetup} from '../doctor/run-setup.ts'
import type {Docker} from '../docker/docker.ts'
import {isMonitoringImageCurrent, monitoringImage} from '../docker/images.ts'
import type {ConnectedLab} from './connect-lab.ts'
import {findPortBase} from './free-placement.ts'
import {projectOf, serviceOf, type LabDescription} from './lab-description.ts'
import {listLabs, requireLab} from './lab-inventory.ts'
import {whileLocked} from './lock.ts'
import {startServices, type UpOptions} from './make-lab.ts'
import {
  alertmanagerService,
  checkWebhook,
  monitoringBase,
  monitoringCompose,
  monitoringOf,
  monitoringPorts,
  monitoringServices,
  prometheusService,
  webhookOf,
  type MonitoringPlace,
} from './monitoring-services.ts'
import {monitoringFiles} from './package-files.ts'
import {whilePlacing} from './placement-lock.ts'

export interface MonitoringOptions extends Pick<UpOptions, 'clock' | 'progress' | 'signal'> {
  /** Where alerts are sent; absent: where they were, nowhere for a new one. */
  readonly webhook?: string | undefined
}

const composeMs = 180_000
const withinMs = 60_000

/**
 * Returns when both answer. Errors: CONFIG_INVALID for a webhook that no container reaches, LAB_BUSY, IMAGE_MISSING
 * where it could not be built, PORT_IN_USE, LAB_UNHEALTHY, and Docker's.
 */
export async function addMonitoring(
  docker: Docker,
  {cluster: {lab}, endpoints: {via}}: Pick<ConnectedLab, 'cluster' | 'endpoints'>,
  options: MonitoringOptions,
): Promise<MonitoringPlace> {
  if (options.webhook !== undefined) checkWebhook(options.webhook)
  return whileLocked(docker, {lab, what: 'hl up'}, async () => {
    await requireMonitoringImage(docker, options)
    options.signal?.throwIfAborted()
    await makeContainers(docker, await requireLab(docker, lab), via, options)
    const made = await requireLab(docker, lab)
    await startServices(
      docker,
      lab,
      made.services.filter(({name, facts}) => monitoringServices.includes(name) && facts.status !== 'running'),
    )
    await untilReady(docker, made, options)
    const place = monitoringOf(made, via)
    if (place === null)
      throw new HlError('LAB_UNHEALTHY', `the monitoring of lab ${lab} was made and cannot be found`, {
        next: [hint('down', {lab}), hint('up', {lab, flags: {monitoring: true}})],
      })
    return place
  })
}

async function requireMonitoringImage(docker: Docker, {progress}: MonitoringOptions): Promise<void> {
  if (await isMonitoringImageCurrent(docker)) return
  progress?.(`building ${monitoringImage}`)
  await runSetup(['base', 'monitoring'])
  if (await isMonitoringImageCurrent(docker)) return
  throw new HlError('IMAGE_MISSING', `${monitoringImage} was built and is not there`, {
    next: ['sh scripts/setup.sh --only base --only monitoring'],
  })
}

async function makeContainers(
  docker: Docker,
  there: LabDescription,
  via: ConnectedLab['endpoints']['via'],
  {webhook, clock, signal, progress}: MonitoringOptions,
): Promise<void> {
  const {lab} = there
  const files = await monitoringFiles()
  const what = `the making of the monitoring of lab ${lab}`
  await whilePlacing(docker, {clock, lab, what, signal, progress}, async () => {
    const portBase = monitoringBase(there) ?? (await findPortBase(await listLabs(docker), monitoringPorts, null))
    progress?.(`making Prometheus and Alertmanager (ports from ${portBase})`)
    const stdin = monitoringCompose({
      lab,
      subnetPrefix: subnetOf(there),
      portBase,
      via,
      webhook: webhook ?? webhookOf(there),
      files,
    })
    await docker.text(['compose', '-p', projectOf(lab), '-f', '-', 'create'], {stdin, timeoutMs: composeMs})
  })
}

/** The first three bytes of its network. LAB_UNHEALTHY where Docker knows no address of it. */
function subnetOf({lab, services}: LabDescription): string {
  const address = services.map(({facts}) => facts.address).find(known => known !== null)
  if (address === undefined)
    throw new HlError('LAB_UNHEALTHY', `the services of lab ${lab} have no addresses; nothing was made`, {
      next: [hint('status', {lab})],
    })
  return address.slice(0, address.lastIndexOf('.'))
}

/** Each asked by its own tool, in its own container: a published port accepts before anybody listens behind it. */
const questions = [
  [prometheusService, ['promtool', 'check', 'ready']],
  [alertmanagerService, ['amtool', '--alertmanager.url=http://localhost:9093', 'alert', 'query']],
] as const

async function untilReady(docker: Docker, lab: LabDescription, {clock, signal}: MonitoringOptions): Promise<void> {
  await awaitUntil(
    async () => {
      const answers = await Promise.all(
        questions.map(async ([name, argv]) => {
          const {exitCode} = await docker.attempt(['exec', serviceOf(lab, name).container, ...argv])
          return exitCode === 0 ? [] : [name]
        }),
      )
      const silent = answers.flat()
      return silent.length === 0 ? holds(undefined) : notYet(`${silent.join(' and ')} do not answer`)
    },
    {
      clock,
      signal,
      what: `the monitoring of lab ${lab.lab} to answer`,
      withinMs,
      everyMs: 500,
      code: 'LAB_UNHEALTHY',
      next: monitoringServices.map(name => hint('logs', {args: [name], lab: lab.lab})),
    },
  )
}
