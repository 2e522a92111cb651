import { describe, it } from 'vitest';
import { inProcess, testEngine } from '../../src/conformance/index.js';

testEngine({ engine: inProcess(), describe, it });
