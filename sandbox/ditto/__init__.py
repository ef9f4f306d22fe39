"""A stand-in for Eclipse Ditto 3.9: its HTTP API with nginx in front, in memory, with a journal on disk.

It answers as the real one was seen to, down to status, error code and message; ``tests/contract`` holds both
to it. What a real Ditto does besides (messages, events, WebSocket, history, WoT) it does not have.
"""
