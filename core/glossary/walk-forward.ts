import type { Meanings } from './meaning.ts'

const NO_TEST = 'no window has a test IC'
const NO_TRIALS = 'nothing was searched, or too few days for it'

/** Numbers about a walk and the choices it made (engine.md 8.4, product.md 2.2). */
export const WALK_FORWARD: Meanings = {
  test_ic: {
    title: 'Test IC',
    unit: 'number',
    digits: 4,
    definition: 'Mean of the mean rank ICs of the test windows, every window counting alike.',
    absent: NO_TEST,
  },
  test_icir: {
    title: 'Test ICIR',
    unit: 'number',
    digits: 2,
    definition: 'That mean over the population deviation of the test ICs from window to window.',
    absent: 'fewer than two windows with a test IC, or test ICs that do not vary',
  },
  train_ic: {
    title: 'Train IC',
    unit: 'number',
    digits: 4,
    definition: 'Mean of the mean rank ICs of the chosen parameters on their train windows.',
    absent: NO_TEST,
  },
  overfitting_ratio: {
    title: 'Overfitting ratio',
    unit: 'number',
    digits: 2,
    definition:
      'Size of the train IC over the size of the test IC. Blind to sign, and unstable where the test IC is small.',
    absent: NO_TEST,
  },
  is_overfit: {
    title: 'Overfit',
    unit: 'count',
    digits: 0,
    definition: 'One where the overfitting ratio is above its threshold, else zero.',
    absent: NO_TEST,
  },
  windows: {
    title: 'Windows',
    unit: 'count',
    digits: 0,
    definition: 'Pairs of a train and a test span that fit into the period.',
    absent: 'there are no windows',
  },
  valid_windows: {
    title: 'Windows with a test IC',
    unit: 'count',
    digits: 0,
    definition: 'Windows whose test IC is a number; the aggregates are over them.',
    absent: 'there are no windows',
  },
  dsr: {
    title: 'Deflated Sharpe probability',
    unit: 'percent',
    digits: 1,
    definition:
      'Probability that the chosen parameters have skill, after taking off what the best of as many trials shows ' +
      'by luck. Mean over the train windows.',
    absent: NO_TRIALS,
  },
  pbo: {
    title: 'Probability of overfitting',
    unit: 'percent',
    digits: 1,
    definition:
      'Share of the ways to halve the train days on which the best of one half is no better than the middle of the ' +
      'other. Mean over the windows; one half is what chance gives.',
    absent: NO_TRIALS,
  },
  degradation: {
    title: 'Degradation',
    unit: 'percent',
    digits: 1,
    definition: 'One less the test IC over the train IC: what the future took away.',
    absent: 'the train IC is not above zero',
  },
  positive_windows: {
    title: 'Positive windows',
    unit: 'percent',
    digits: 0,
    definition: 'Share of the windows whose test IC is above zero.',
    absent: NO_TEST,
  },
  sign_flip_share: {
    title: 'Sign flips',
    unit: 'percent',
    digits: 0,
    definition: 'Share of the windows whose train and test ICs have opposite signs.',
    absent: NO_TEST,
  },
  efficiency: {
    title: 'Efficiency',
    unit: 'percent',
    digits: 0,
    definition: 'Mean annual return out of sample over that in sample.',
    absent: 'there was no gain in sample',
  },
  below_median_share: {
    title: 'Choices below the middle',
    unit: 'percent',
    digits: 0,
    definition: 'Share of the windows whose choice ranked in the lower half on the test span; one half is chance.',
    absent: 'nothing was searched',
  },
  n_trials: {
    title: 'Trials',
    unit: 'count',
    digits: 0,
    definition: 'Different combinations of parameters that each window chose among.',
    absent: 'nothing was searched',
  },
}
