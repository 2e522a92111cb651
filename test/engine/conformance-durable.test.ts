import { describe, it } from 'vitest';
import { testEngine } from '../../src/conformance/index.js';
import { durableInMemory } from './support/durable-in-memory.js';

testEngine({ engine: durableInMemory(), describe, it });
