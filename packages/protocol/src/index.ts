export * from './answers.ts';
export { printCjson } from './cjson.ts';
export {
  EncryptedMessageReader,
  type FirstMessage,
  FirstMessageReader,
  FramingError,
  MAX_MESSAGE_BYTES,
  NOT_JSON,
} from './framing.ts';
export { BadRequest } from './request-json.ts';
export {
  parseRequest,
  type Request,
  type RequestName,
  type RequestOf,
  requestNames,
  schemas,
} from './requests.ts';
