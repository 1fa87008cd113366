"""The engine: op graph, operators, differentiation and executors. Imports nothing of diffcli outside itself."""
