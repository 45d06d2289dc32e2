export { type Blocked, makePlan, type Plan, type PlanRequest } from './make-plan.ts';
export { type BootParameter, bootParameter, type PlanSteps } from './steps.ts';
export { allDirect, defaultWants, pairNumber, type Want, wantPairs } from './want.ts';
export { WISHES, type Wish, wishPairs } from './wishes.ts';
