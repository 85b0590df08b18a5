// Metrics for Prometheus at http://localhost:9090/metrics, of two routers side by side. OpenTelemetry is as short:
// observeWithOpenTelemetry(router) from 'pg-highload-lab/router/opentelemetry' uses the providers that the application
// has registered.
// Run: PG_HOSTS=host:5432,host:5432 PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/router/metrics.ts; Ctrl-C ends it.
import {once} from 'node:events'
import {createServer, type ServerResponse} from 'node:http'
import {register} from 'prom-client'
import {observeWithPrometheus} from '../../src/router/observe/prometheus.ts' // in an application: 'pg-highload-lab/router/prometheus'
import {connect} from './connect.ts'

const routers = {web: connect({max: 20}), jobs: connect({max: 2, reads: 'primary'})}
const observations = Object.entries(routers).map(([name, router]) => observeWithPrometheus(router, {name}))

const port = Number(process.env['PORT'] ?? 9090)
const server = createServer((_request, response) => void answer(response))
server.listen(port)
await once(server, 'listening')
console.log(`curl http://localhost:${port}/metrics`)

const traffic = setInterval(() => {
  for (const router of Object.values(routers)) router.query('SELECT 1').catch(() => undefined)
}, 100)

await once(process, 'SIGINT')
clearInterval(traffic)
server.close()
for (const observation of observations) observation.stop()
await Promise.all(Object.values(routers).map(router => router.end()))

async function answer(response: ServerResponse): Promise<void> {
  response.setHeader('content-type', register.contentType)
  response.end(await register.metrics())
}
