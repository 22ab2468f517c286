#include "program.h"

int main(int argc, char** argv) { return cache_server::run_program(argc, argv); }
