// What jest needs to read service.ts: Node itself takes the types out.
import {stripTypeScriptTypes} from 'node:module'

export default {process: text => ({code: stripTypeScriptTypes(text)})}
