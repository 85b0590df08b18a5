// How the lab of an experiment is reached, and how it is made where it has to be.
import type {UpOptions} from '../lab/lifecycle/make-lab.ts'

export type LabChoices = Pick<UpOptions, 'reach' | 'portBase' | 'encrypt' | 'archive' | 'profile'>
