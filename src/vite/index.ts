export {
  standardDecorators,
  type StandardDecoratorsOptions,
  type StandardDecoratorsPlugin,
} from './standard-decorators.js';
