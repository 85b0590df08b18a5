// The order in which vitest starts the files of a project. Not here: the order itself (plan-shards.ts).
import {relative} from 'node:path'
import {BaseSequencer, type TestSpecification} from 'vitest/node'
import {filesOfShard, longestFirst} from './plan-shards.ts'
import {expectedSeconds, secondsOf} from './suite-projects.ts'

/** Where the table knows some of a project's files it decides, and not what the cache remembers of a run before. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const timed = sorted.map(spec => ({spec, path: relative(this.ctx.config.root, spec.moduleId)}))
    const projects = [...new Set(sorted.map(({project}) => project.name))]
    return projects.flatMap(name => {
      const own = timed.filter(({spec}) => spec.project.name === name)
      if (!own.some(({path}) => path in expectedSeconds)) return own.map(({spec}) => spec)
      return longestFirst(own.map(({spec, path}) => ({spec, path, seconds: secondsOf(path)}))).map(({spec}) => spec)
    })
  }

  /** Even in time rather than in number, project by project. */
  override async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const {shard} = this.ctx.config
    if (shard === undefined) return files
    const timed = files.map(spec => {
      const path = relative(this.ctx.config.root, spec.moduleId)
      return {spec, path, seconds: secondsOf(path)}
    })
    return Promise.resolve(filesOfShard(timed, shard).map(({spec}) => spec))
  }
}
