//! The members of the W3C's webrtc-stats (<https://www.w3.org/TR/webrtc-stats/>, with those of the
//! editors' draft), and why some are not given.

/// By type, those that are inherited among them.
pub(super) const MEMBERS: &[(&str, &str)] = &[
    ("codec", "timestamp type id payloadType transportId mimeType clockRate channels sdpFmtpLine"),
    (
        "inbound-rtp",
        "timestamp type id ssrc kind transportId codecId packetsReceived packetsReceivedWithEct1 \
         packetsReceivedWithCe packetsReportedAsLost packetsReportedAsLostButRecovered packetsLost \
         jitter trackIdentifier mid remoteId framesDecoded keyFramesDecoded framesRendered \
         framesDropped frameWidth frameHeight framesPerSecond qpSum totalDecodeTime \
         totalInterFrameDelay totalSquaredInterFrameDelay pauseCount totalPausesDuration \
         freezeCount totalFreezesDuration lastPacketReceivedTimestamp headerBytesReceived \
         packetsDiscarded fecBytesReceived fecPacketsReceived fecPacketsDiscarded bytesReceived \
         nackCount firCount pliCount totalProcessingDelay estimatedPlayoutTimestamp \
         jitterBufferDelay jitterBufferTargetDelay jitterBufferEmittedCount \
         jitterBufferMinimumDelay totalSamplesReceived concealedSamples silentConcealedSamples \
         concealmentEvents insertedSamplesForDeceleration removedSamplesForAcceleration \
         audioLevel totalAudioEnergy totalSamplesDuration framesReceived decoderImplementation \
         playoutId powerEfficientDecoder framesAssembledFromMultiplePackets totalAssemblyTime \
         retransmittedPacketsReceived retransmittedBytesReceived rtxSsrc fecSsrc \
         totalCorruptionProbability totalSquaredCorruptionProbability corruptionMeasurements",
    ),
    (
        "outbound-rtp",
        "timestamp type id ssrc kind transportId codecId packetsSent bytesSent \
         packetsSentWithEct1 mid mediaSourceId remoteId rid encodingIndex headerBytesSent \
         retransmittedPacketsSent retransmittedBytesSent rtxSsrc targetBitrate \
         totalEncodedBytesTarget frameWidth frameHeight framesPerSecond framesSent hugeFramesSent \
         framesEncoded keyFramesEncoded qpSum psnrSum psnrMeasurements totalEncodeTime \
         totalPacketSendDelay qualityLimitationReason qualityLimitationDurations \
         qualityLimitationResolutionChanges nackCount firCount pliCount encoderImplementation \
         powerEfficientEncoder active scalabilityMode",
    ),
    (
        "remote-inbound-rtp",
        "timestamp type id ssrc kind transportId codecId packetsReceived packetsReceivedWithEct1 \
         packetsReceivedWithCe packetsReportedAsLost packetsReportedAsLostButRecovered packetsLost \
         jitter localId roundTripTime totalRoundTripTime fractionLost roundTripTimeMeasurements \
         packetsWithBleachedEct1Marking",
    ),
    (
        "remote-outbound-rtp",
        "timestamp type id ssrc kind transportId codecId packetsSent bytesSent \
         packetsSentWithEct1 localId remoteTimestamp reportsSent roundTripTime totalRoundTripTime \
         roundTripTimeMeasurements",
    ),
    (
        "media-source",
        "timestamp type id trackIdentifier kind audioLevel totalAudioEnergy totalSamplesDuration \
         echoReturnLoss echoReturnLossEnhancement width height frames framesPerSecond",
    ),
    (
        "media-playout",
        "timestamp type id kind synthesizedSamplesDuration synthesizedSamplesEvents \
         totalSamplesDuration totalPlayoutDelay totalSamplesCount",
    ),
    ("peer-connection", "timestamp type id dataChannelsOpened dataChannelsClosed"),
    (
        "data-channel",
        "timestamp type id label protocol dataChannelIdentifier state messagesSent bytesSent \
         messagesReceived bytesReceived",
    ),
    (
        "transport",
        "timestamp type id packetsSent packetsReceived bytesSent bytesReceived iceRole \
         iceLocalUsernameFragment dtlsState iceState selectedCandidatePairId localCertificateId \
         remoteCertificateId tlsVersion dtlsCipher dtlsRole srtpCipher \
         selectedCandidatePairChanges ccfbMessagesSent ccfbMessagesReceived",
    ),
    ("local-candidate", CANDIDATE),
    ("remote-candidate", CANDIDATE),
    (
        "candidate-pair",
        "timestamp type id transportId localCandidateId remoteCandidateId state nominated \
         packetsSent packetsReceived bytesSent bytesReceived lastPacketSentTimestamp \
         lastPacketReceivedTimestamp totalRoundTripTime currentRoundTripTime \
         availableOutgoingBitrate availableIncomingBitrate requestsReceived requestsSent \
         responsesReceived responsesSent consentRequestsSent packetsDiscardedOnSend \
         bytesDiscardedOnSend",
    ),
    (
        "certificate",
        "timestamp type id fingerprint fingerprintAlgorithm base64Certificate issuerCertificateId",
    ),
];

const CANDIDATE: &str = "timestamp type id transportId address port protocol candidateType \
                         priority url relayProtocol foundation relatedAddress relatedPort \
                         usernameFragment tcpType";

const ONE_MOMENT: &str = "one moment for all entries: `Stats::timestamp`";
const LISTED: &str = "entries stand in a list of their type";
const DECODER: &str = "the decoder is the application's";
const PLAYER: &str = "playing out and showing is the application's";
const ENCODER: &str = "the encoder is the application's";
const SOURCE: &str = "sources and tracks are the application's";
const RELAY: &str = "relays and servers are asked by the program";

/// Type, members, reason.
pub(super) const NOT_GIVEN: &[(&str, &str, &str)] = &[
    ("codec", "timestamp", ONE_MOMENT),
    ("codec", "type", LISTED),
    ("inbound-rtp", "timestamp", ONE_MOMENT),
    ("inbound-rtp", "type", LISTED),
    ("inbound-rtp", "trackIdentifier", SOURCE),
    (
        "inbound-rtp",
        "framesDecoded keyFramesDecoded frameWidth frameHeight framesPerSecond qpSum \
         totalDecodeTime totalProcessingDelay decoderImplementation powerEfficientDecoder \
         totalCorruptionProbability totalSquaredCorruptionProbability corruptionMeasurements \
         totalSamplesReceived totalAudioEnergy totalSamplesDuration",
        DECODER,
    ),
    (
        "inbound-rtp",
        "framesRendered totalInterFrameDelay totalSquaredInterFrameDelay pauseCount \
         totalPausesDuration freezeCount totalFreezesDuration estimatedPlayoutTimestamp \
         jitterBufferDelay jitterBufferTargetDelay jitterBufferEmittedCount \
         jitterBufferMinimumDelay concealedSamples silentConcealedSamples concealmentEvents \
         insertedSamplesForDeceleration removedSamplesForAcceleration playoutId",
        PLAYER,
    ),
    ("outbound-rtp", "timestamp", ONE_MOMENT),
    ("outbound-rtp", "type", LISTED),
    ("outbound-rtp", "mediaSourceId", SOURCE),
    (
        "outbound-rtp",
        "targetBitrate totalEncodedBytesTarget frameWidth frameHeight framesPerSecond \
         framesEncoded keyFramesEncoded qpSum psnrSum psnrMeasurements totalEncodeTime \
         qualityLimitationReason qualityLimitationDurations qualityLimitationResolutionChanges \
         encoderImplementation powerEfficientEncoder",
        ENCODER,
    ),
    ("remote-inbound-rtp", "type", LISTED),
    ("remote-inbound-rtp", "packetsReceived", "no report block tells it: it tells what is lost"),
    ("remote-outbound-rtp", "type", LISTED),
    ("remote-outbound-rtp", "packetsSentWithEct1", "no sender report tells it"),
    ("peer-connection", "timestamp", ONE_MOMENT),
    ("peer-connection", "type", LISTED),
    ("data-channel", "timestamp", ONE_MOMENT),
    ("data-channel", "type", LISTED),
    ("transport", "timestamp", ONE_MOMENT),
    ("transport", "type", LISTED),
    ("transport", "dtlsCipher", "the library of DTLS does not tell it"),
    ("local-candidate", "timestamp", ONE_MOMENT),
    ("local-candidate", "type", LISTED),
    ("local-candidate", "url relayProtocol", RELAY),
    ("remote-candidate", "timestamp", ONE_MOMENT),
    ("remote-candidate", "type", LISTED),
    ("remote-candidate", "url relayProtocol", "the peer does not tell whom it asked"),
    ("candidate-pair", "timestamp", ONE_MOMENT),
    ("candidate-pair", "type", LISTED),
    ("candidate-pair", "availableIncomingBitrate", "the sender estimates; nobody does it here"),
    (
        "candidate-pair",
        "packetsDiscardedOnSend bytesDiscardedOnSend",
        "the program sends; what its sockets do not take is known there",
    ),
    ("certificate", "timestamp", ONE_MOMENT),
    ("certificate", "type", LISTED),
    ("certificate", "issuerCertificateId", "certificates of WebRTC are signed by themselves"),
];
