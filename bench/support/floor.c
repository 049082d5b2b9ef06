/*
 * The least that a program can do for a token: connect, ask, read to the end, print. It understands nothing and checks
 * nothing; what a real one takes more is the price of being one.
 *
 *   floor ACCOUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char **arguments) {
  const char *path = getenv("OIDC_SOCK");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (count != 2 || path == NULL || strlen(path) >= sizeof address.sun_path) return 64;
  strcpy(address.sun_path, path);
  int agent = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(agent, (struct sockaddr *)&address, sizeof address) != 0) return 69;

  static char buffer[65536];
  const char *request = "{\"request\":\"access_token\",\"min_valid_period\":0,\"account\":\"%s\",\"application_hint\":\"floor\"}";
  int length = snprintf(buffer, sizeof buffer, request, arguments[1]);
  if (write(agent, buffer, (size_t)length) != length) return 69;
  size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < sizeof buffer - 1; size += (size_t)got) {
    got = read(agent, buffer + size, sizeof buffer - 1 - size);
    if (got < 0) return 69;
  }
  char *token = strstr(buffer, "\"access_token\"");
  token = token == NULL ? NULL : strchr(token + strlen("\"access_token\""), '"');
  char *end = token == NULL ? NULL : strchr(token + 1, '"');
  if (end == NULL) return 1;
  *end = '\n';
  return write(STDOUT_FILENO, token + 1, (size_t)(end - token)) == end - token ? 0 : 1;
}
