// PURE: Prometheus and Alertmanager beside a lab: what is made, and what Docker has of it. Invariants: they run the
// configuration and the rules that the package ships, with nothing but addresses and the webhook put in; where they are
// and where alerts go is told from Docker's labels alone. Not here: making and starting them (add-monitoring.ts).
import {HlError} from '../../model/errors.ts'
import type {HostPort, LabEndpoints} from '../../model/ports.ts'
import {monitoringImage} from '../docker/images.ts'
import {endpointOf} from './endpoints.ts'
import {labLabel, projectOf, roleLabel, serviceLabel, type LabDescription} from './lab-description.ts'
import type {MonitoringFiles} from './package-files.ts'

export const prometheusService = 'prometheus'
export const alertmanagerService = 'alertmanager'
export const monitoringServices: readonly string[] = [prometheusService, alertmanagerService]

/** On Prometheus: where it expects `hl metrics serve`, `host:port`. */
const exporterLabel = 'hl.exporter'
/** On Alertmanager: where it sends alerts; empty: nowhere. */
const webhookLabel = 'hl.webhook'

export interface MonitoringPlan {
  readonly lab: string
  /** The first three bytes of the lab's network. */
  readonly subnetPrefix: string
  readonly portBase: number
  readonly via: LabEndpoints['via']
  /** null: alerts are sent nowhere. */
  readonly webhook: string | null
  readonly files: MonitoringFiles
}

/** Where the monitoring of a lab is, as this machine reaches it. */
export interface MonitoringPlace {
  readonly prometheus: string
  readonly alertmanager: string
  /** Where Prometheus expects `hl metrics serve` to listen. */
  readonly exporter: HostPort
  /** Scheme and host of the webhook that alerts are sent to; null: there is none. */
  readonly alertsTo: string | null
}

const ports = {prometheus: 9090, alertmanager: 9093} as const
/** In a block of ports of their own. */
const offsets = {prometheus: 1, alertmanager: 2, exporter: 3} as const
/** Last bytes of addresses that no other service gets. */
const bytes = {gateway: 1, prometheus: 51, alertmanager: 52} as const
/** What this machine is called in the containers. */
const machine = 'host.docker.internal'

/** All ports that are wanted, published or not. */
export const monitoringPorts = (base: number): readonly number[] => Object.values(offsets).map(offset => base + offset)

/** The base of one that is there, so that it keeps its ports; null: there is none. */
export function monitoringBase({services}: LabDescription): number | null {
  const prometheus = services.find(({name}) => name === prometheusService)
  const published = prometheus?.facts.ports.find(({containerPort}) => containerPort === ports.prometheus)
  return published === undefined ? null : published.hostPort - offsets.prometheus
}

/** null: the lab has none. */
export function monitoringOf(lab: LabDescription, via: LabEndpoints['via']): MonitoringPlace | null {
  const named = (service: string) => lab.services.find(({name}) => name === service)
  const prometheus = endpointOf(named(prometheusService), ports.prometheus, via)
  const alertmanager = endpointOf(named(alertmanagerService), ports.alertmanager, via)
  const exporter = hostPortOf(named(prometheusService)?.facts.labels[exporterLabel] ?? '')
  if (prometheus === null || alertmanager === null || exporter === null) return null
  const webhook = webhookOf(lab)
  return {
    prometheus: urlOf(prometheus),
    alertmanager: urlOf(alertmanager),
    exporter,
    alertsTo: webhook === null ? null : new URL(webhook).origin,
  }
}

/** Where alerts of a lab are sent. */
export function webhookOf({services}: LabDescription): string | null {
  const url = services.find(({name}) => name === alertmanagerService)?.facts.labels[webhookLabel] ?? ''
  return URL.canParse(url) ? url : null
}

const urlOf = ({host, port}: HostPort): string => `http://${host}:${port}`

function hostPortOf(text: string): HostPort | null {
  const [, host = '', port = ''] = /^([^:]+):(\d+)$/.exec(text) ?? []
  return host === '' ? null : {host, port: Number(port)}
}

/** CONFIG_INVALID for what is no address that a container reaches. */
export function checkWebhook(url: string): void {
  const parsed = URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new HlError('CONFIG_INVALID', `--alert-webhook ${url} is no URL of HTTP`, {
      next: ['for example --alert-webhook https://alerts.example.net/hl'],
    })
  if (/^(localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)$/.test(parsed.hostname))
    throw new HlError('CONFIG_INVALID', `${parsed.hostname} is Alertmanager's own container there, not this machine`, {
      next: [`--alert-webhook http://${machine}:${parsed.port || '<port>'}/ is this machine; listen on 0.0.0.0`],
    })
}

/** The document for `docker compose -f -`. The lab's network is there already. */
export function monitoringCompose(plan: MonitoringPlan): string {
  const document = {
    services: {[prometheusService]: prometheus(plan), [alertmanagerService]: alertmanager(plan)},
    networks: {lab: {external: true, name: `${projectOf(plan.lab)}_lab`}},
  }
  // Compose would take a dollar for the beginning of a variable.
  return JSON.stringify(document).replaceAll('$', '$$$$')
}

const at = ({subnetPrefix}: MonitoringPlan, name: keyof typeof bytes): string => `${subnetPrefix}.${bytes[name]}`

function prometheus(plan: MonitoringPlan) {
  const {via, portBase, files} = plan
  const port = portBase + offsets.exporter
  const host = via === 'container' ? at(plan, 'gateway') : '127.0.0.1'
  return service(plan, 'prometheus', {
    labels: {[exporterLabel]: `${host}:${port}`},
    files: {
      'prometheus.yml': prometheusConfig(files.prometheus, port),
      ...Object.fromEntries(Object.entries(files.rules).map(([name, text]) => [`rules/${name}`, text])),
    },
  })
}

function alertmanager(plan: MonitoringPlan) {
  const {webhook, files} = plan
  return service(plan, 'alertmanager', {
    labels: {[webhookLabel]: webhook ?? ''},
    files: {'alertmanager.yml': alertmanagerConfig(files.alertmanager, webhook)},
  })
}

function service(
  plan: MonitoringPlan,
  name: keyof typeof ports,
  own: {readonly labels: Readonly<Record<string, string>>; readonly files: Readonly<Record<string, string>>},
) {
  const {lab, via, portBase} = plan
  const published = portBase + offsets[name]
  const files = Object.entries(own.files).map(
    ([path, text], index) => [`HL_FILE_${index}`, `${path}\n${text}`] as const,
  )
  return {
    image: monitoringImage,
    pull_policy: 'never',
    hostname: name,
    command: [name],
    extra_hosts: {
      prometheus: at(plan, 'prometheus'),
      alertmanager: at(plan, 'alertmanager'),
      [machine]: via === 'container' ? at(plan, 'gateway') : 'host-gateway',
    },
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    stop_grace_period: '10s',
    networks: {lab: {ipv4_address: at(plan, name)}},
    labels: {[labLabel]: lab, [serviceLabel]: name, [roleLabel]: 'monitoring', ...own.labels},
    environment: {
      HL_URL: urlOf(
        via === 'container' ? {host: at(plan, name), port: ports[name]} : {host: '127.0.0.1', port: published},
      ),
      ...Object.fromEntries(files),
    },
    ports: [`127.0.0.1:${published}:${ports[name]}`],
  }
}

/** Addresses that the shipped files have for a Prometheus by hand; a test holds that they are there. */
const shipped = {
  exporter: "'127.0.0.1:9488'",
  alertmanager: "'127.0.0.1:9093'",
  webhook: /^ +webhook_configs: .*\n/m,
} as const

/** The shipped configuration, with where exporter and Alertmanager are. */
export function prometheusConfig(text: string, exporterPort: number): string {
  return text
    .replace(shipped.exporter, `'${machine}:${exporterPort}'`)
    .replace(shipped.alertmanager, `'${alertmanagerService}:${ports.alertmanager}'`)
}

/** The shipped configuration, with where alerts go. */
export function alertmanagerConfig(text: string, webhook: string | null): string {
  const line = `    webhook_configs: [{url: ${JSON.stringify(webhook)}, send_resolved: true}]\n`
  return text.replace(shipped.webhook, () => (webhook === null ? '' : line))
}
