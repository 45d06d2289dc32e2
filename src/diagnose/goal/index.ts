export { GOALS, type Goal, type GoalCheck, type GoalName } from './goal.ts';
export { type GoalItem, type GoalJudgement, type GoalState, judgeGoal } from './judge-goal.ts';
