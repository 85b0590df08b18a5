// Docker as this machine reaches it. Not here: how the client is started (docker.ts), what goes past it
// (over-socket.ts).
import {dockerClient, runDocker, type Docker} from './docker.ts'
import {engineSocket} from './engine-socket.ts'
import {overSocket} from './over-socket.ts'

const socket = engineSocket()

export const docker: Docker = dockerClient(socket === null ? runDocker : overSocket(socket, runDocker))
