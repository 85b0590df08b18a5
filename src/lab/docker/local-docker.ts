// The docker client of this machine. Not here: how it is started (docker.ts).
import {dockerClient, runDocker, type Docker} from './docker.ts'

export const docker: Docker = dockerClient(runDocker)
