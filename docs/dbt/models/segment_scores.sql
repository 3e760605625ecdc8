WITH og_rows AS (
SELECT
  CAST("list_size" AS DOUBLE) AS m0,
  CAST("campaigns" AS DOUBLE) AS m1,
  CAST("delivery_rate" AS DOUBLE) AS m2,
  CAST("open_rate" AS DOUBLE) AS m3,
  CAST("read_rate" AS DOUBLE) AS m4,
  CAST("offer_score" AS DOUBLE) AS m5,
  CAST("click_rate" AS DOUBLE) AS m6,
  CAST("landing_rate" AS DOUBLE) AS m7,
  CAST("days_to_first_campaign" AS DOUBLE) AS m8,
  CAST("first_reply_hours" AS DOUBLE) AS m9,
  CAST("help_rating" AS DOUBLE) AS m10,
  CAST("price_share" AS DOUBLE) AS m11,
  CAST("training_days" AS DOUBLE) AS m12,
  CAST("named_contact_meetings" AS DOUBLE) AS m13,
  CAST("records_synced" AS DOUBLE) AS m14,
  CAST("audit_answers_days" AS DOUBLE) AS m15,
  CAST("client_accounts_apart" AS DOUBLE) AS m16,
  CAST("client_report_minutes" AS DOUBLE) AS m17,
  CAST("segment" AS TEXT) AS axis0,
  CAST("stage" AS TEXT) AS axis1
FROM {{ ref('customers') }}
),
og_cells AS (
SELECT
  key0 AS key0,
  key1 AS key1,
  CAST(c0 AS DOUBLE) AS c0,
  CAST(c1 AS DOUBLE) AS c1,
  CAST(c2 AS DOUBLE) AS c2,
  CAST(c3 AS DOUBLE) AS c3,
  CAST(c4 AS DOUBLE) AS c4,
  CAST(c5 AS DOUBLE) AS c5,
  CAST(c6 AS DOUBLE) AS c6,
  CAST(c7 AS DOUBLE) AS c7,
  CAST(c8 AS DOUBLE) AS c8,
  CAST(c9 AS DOUBLE) AS c9,
  CAST(c10 AS DOUBLE) AS c10,
  CAST(c11 AS DOUBLE) AS c11,
  CAST(c12 AS DOUBLE) AS c12,
  CAST(c13 AS DOUBLE) AS c13,
  CAST(c14 AS DOUBLE) AS c14,
  CAST(c15 AS DOUBLE) AS c15,
  CAST(c16 AS DOUBLE) AS c16,
  CAST(c17 AS DOUBLE) AS c17,
  CAST(c18 AS DOUBLE) AS c18
FROM (VALUES
  ('startup', 'onboarding', '250.0', '1.0', '0.16999999999999993', '0.09999999999999999', '0.19999999999999998', '4.0', '0.049999999999999996', '0.015', '-27.0', '-24.0', '1.0', '3.0', '0.44999999999999996', '1.0', '2.0', '1.0', '0.0', '4.0', '12.0'),
  ('startup', 'adopting', '500.0', '2.0', '0.16999999999999993', '0.15000000000000002', '0.30000000000000004', '5.0', '0.09000000000000001', '0.024999999999999998', '-27.0', '-24.0', '2.0', '1.0', '0.44999999999999996', '2.0', '1.0', '1.0', '0.0', '4.0', '12.0'),
  ('startup', 'scaling', '2000.0', '4.0', '0.18999999999999995', '0.2', '0.30000000000000004', '5.0', '0.11', '0.035', '-27.0', '-36.0', '4.0', '1.0', '0.49', '2.0', '1.0', '3.0', '0.0', '4.0', '12.0'),
  ('enterprise', 'onboarding', '10000.0', '2.0', '0.16999999999999993', '0.09999999999999999', '0.19999999999999998', '4.0', '0.049999999999999996', '0.015', '-27.0', '-47.0', '1.0', '3.0', '0.44999999999999996', '1.0', '2.0', '1.0', '1.0', '5.0', '13.0'),
  ('enterprise', 'adopting', '50000.0', '4.0', '0.16999999999999993', '0.15000000000000002', '0.30000000000000004', '5.0', '0.09000000000000001', '0.024999999999999998', '-27.0', '-47.0', '2.0', '1.0', '0.44999999999999996', '2.0', '1.0', '1.0', '1.0', '5.0', '13.0'),
  ('enterprise', 'scaling', '200000.0', '4.0', '0.18999999999999995', '0.2', '0.30000000000000004', '5.0', '0.11', '0.035', '-27.0', '-47.0', '4.0', '1.0', '0.49', '2.0', '1.0', '3.0', '1.0', '5.0', '13.0'),
  ('agency', 'onboarding', '5000.0', '3.0', '0.16999999999999993', '0.09999999999999999', '0.19999999999999998', '4.0', '0.049999999999999996', '0.015', '-29.0', '-44.0', '1.0', '3.0', '0.44999999999999996', '1.0', '2.0', '1.0', '2.0', '4.0', '12.0'),
  ('agency', 'adopting', '5000.0', '8.0', '0.16999999999999993', '0.15000000000000002', '0.30000000000000004', '5.0', '0.09000000000000001', '0.024999999999999998', '-29.0', '-44.0', '2.0', '1.0', '0.44999999999999996', '2.0', '1.0', '1.0', '2.0', '4.0', '12.0'),
  ('agency', 'scaling', '20000.0', '8.0', '0.18999999999999995', '0.2', '0.30000000000000004', '5.0', '0.11', '0.035', '-29.0', '-44.0', '4.0', '1.0', '0.49', '2.0', '1.0', '3.0', '2.0', '4.0', '12.0')) AS og_values(key0, key1, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18)
),
og_joined AS (
SELECT
  og_rows.*,
  og_cells.*
FROM og_rows
LEFT JOIN og_cells
  ON og_rows.axis0 = og_cells.key0 AND og_rows.axis1 = og_cells.key1
OFFSET 0
),
og_1 AS (
SELECT
  *,
  axis0 IN ('startup', 'enterprise', 'agency') AS v0,
  CAST('1.7976931348623157e+308' AS DOUBLE) AS v2,
  CASE WHEN (
    m16 >= 0.0
  ) AND (
    m16 <= 1.0
  ) THEN m16 ELSE NULL END - 0.0 AS v15,
  (
    axis1 IS NULL
  ) OR (
    TRIM(axis1) = ''
  ) AS v26,
  (
    axis0 IS NULL
  ) OR (
    TRIM(axis0) = ''
  ) AS v27,
  CASE WHEN (
    m14 >= 0.0
  ) AND (
    m14 <= 1.0
  ) THEN m14 ELSE NULL END - 0.5 AS v39,
  CAST('-0.15000000000000002' AS DOUBLE) AS v58,
  CASE WHEN (
    m10 >= 1.0
  ) AND (
    m10 <= 5.0
  ) THEN m10 ELSE NULL END - 1.0 AS v63,
  3.0 + c13 + 2.0 + 1.0 AS v76,
  2.0 + c11 + 2.0 + c13 + 1.0 AS v80,
  c11 + c13 + c14 + c15 AS v81,
  CASE WHEN (
    m7 >= 0.0
  ) AND (
    m7 <= 1.0
  ) THEN m7 ELSE NULL END - 0.005 AS v84,
  CASE WHEN (
    m6 >= 0.0
  ) AND (
    m6 <= 1.0
  ) THEN m6 ELSE NULL END - 0.01 AS v87,
  CASE WHEN (
    m4 >= 0.0
  ) AND (
    m4 <= 1.0
  ) THEN m4 ELSE NULL END - 0.1 AS v90,
  CASE WHEN (
    m5 >= 0.0
  ) AND (
    m5 <= 10.0
  ) THEN m5 ELSE NULL END - 3.0 AS v94,
  CASE WHEN (
    m3 >= 0.0
  ) AND (
    m3 <= 1.0
  ) THEN m3 ELSE NULL END - 0.05 AS v97,
  CASE WHEN (
    m2 >= 0.0
  ) AND (
    m2 <= 1.0
  ) THEN m2 ELSE NULL END - 0.8 AS v103
FROM og_joined
),
og_2 AS (
SELECT
  *,
  CASE WHEN v0 THEN axis0 ELSE NULL END AS v1,
  CASE WHEN (
    m8 >= 0.0
  ) AND (
    m8 <= v2
  ) THEN m8 ELSE NULL END - 30.0 AS v3,
  CASE WHEN (
    m9 >= 0.0
  ) AND (
    m9 <= v2
  ) THEN m9 ELSE NULL END - 48.0 AS v7,
  CASE WHEN (
    m17 >= 0.0
  ) AND (
    m17 <= v2
  ) THEN m17 ELSE NULL END - 120.0 AS v11,
  CASE WHEN v15 >= 1.0 THEN 1.0 WHEN v15 <= 0.0 THEN 0.0 ELSE v15 / 1.0 END AS v16,
  0.0 - v2 AS v28,
  CASE WHEN (
    m15 >= 0.0
  ) AND (
    m15 <= v2
  ) THEN m15 ELSE NULL END - 30.0 AS v35,
  CASE WHEN v39 >= c12 THEN 1.0 WHEN v39 <= 0.0 THEN 0.0 ELSE v39 / c12 END AS v40,
  CASE WHEN (
    m13 >= 0.0
  ) AND (
    m13 <= v2
  ) THEN m13 ELSE NULL END - 0.0 AS v43,
  CASE WHEN (
    m12 >= 0.0
  ) AND (
    m12 <= v2
  ) THEN m12 ELSE NULL END - 0.0 AS v47,
  CASE WHEN (
    m11 >= 0.0
  ) AND (
    m11 <= v2
  ) THEN m11 ELSE NULL END - 0.2 AS v59,
  CASE WHEN v63 >= 3.0 THEN 1.0 WHEN v63 <= 0.0 THEN 0.0 ELSE v63 / 3.0 END AS v64,
  CASE WHEN v84 >= c7 THEN 1.0 WHEN v84 <= 0.0 THEN 0.0 ELSE v84 / c7 END AS v85,
  CASE WHEN v87 >= c6 THEN 1.0 WHEN v87 <= 0.0 THEN 0.0 ELSE v87 / c6 END AS v88,
  CASE WHEN v90 >= c4 THEN 1.0 WHEN v90 <= 0.0 THEN 0.0 ELSE v90 / c4 END AS v91,
  CASE WHEN v94 >= c5 THEN 1.0 WHEN v94 <= 0.0 THEN 0.0 ELSE v94 / c5 END AS v95,
  CASE WHEN v97 >= c3 THEN 1.0 WHEN v97 <= 0.0 THEN 0.0 ELSE v97 / c3 END AS v98,
  CASE WHEN (
    m1 >= 0.0
  ) AND (
    m1 <= v2
  ) THEN m1 ELSE NULL END - 0.0 AS v100,
  CASE WHEN v103 >= c2 THEN 1.0 WHEN v103 <= 0.0 THEN 0.0 ELSE v103 / c2 END AS v104,
  CASE WHEN (
    m0 >= 0.0
  ) AND (
    m0 <= v2
  ) THEN m0 ELSE NULL END - 0.0 AS v106
FROM og_1
),
og_3 AS (
SELECT
  *,
  CASE WHEN v3 <= c8 THEN 1.0 WHEN v3 >= 0.0 THEN 0.0 ELSE v3 / c8 END AS v4,
  CASE WHEN v7 <= c9 THEN 1.0 WHEN v7 >= 0.0 THEN 0.0 ELSE v7 / c9 END AS v8,
  CASE WHEN v11 <= (
    -110.0
  ) THEN 1.0 WHEN v11 >= 0.0 THEN 0.0 ELSE v11 / (
    -110.0
  ) END AS v12,
  v16 IS NULL AS v17,
  (
    m0 < v28
  ) OR (
    (
      0.0 - m0
    ) < v28
  ) OR (
    (
      m0 < 0.0
    ) AND (
      m0 >= v28
    )
  ) OR (
    (
      m1 < v28
    ) OR (
      (
        0.0 - m1
      ) < v28
    )
  ) OR (
    (
      m1 < 0.0
    ) AND (
      m1 >= v28
    )
  ) OR (
    (
      m2 < v28
    ) OR (
      (
        0.0 - m2
      ) < v28
    )
  ) OR (
    (
      (
        m2 < 0.0
      ) AND (
        m2 >= v28
      )
    ) OR (
      (
        m2 > 1.0
      ) AND (
        m2 <= v2
      )
    )
  ) OR (
    (
      m3 < v28
    ) OR (
      (
        0.0 - m3
      ) < v28
    )
  ) OR (
    (
      (
        m3 < 0.0
      ) AND (
        m3 >= v28
      )
    ) OR (
      (
        m3 > 1.0
      ) AND (
        m3 <= v2
      )
    )
  ) OR (
    (
      m4 < v28
    ) OR (
      (
        0.0 - m4
      ) < v28
    )
  ) OR (
    (
      (
        m4 < 0.0
      ) AND (
        m4 >= v28
      )
    ) OR (
      (
        m4 > 1.0
      ) AND (
        m4 <= v2
      )
    )
  ) AS v29,
  CASE WHEN v35 <= (
    -25.0
  ) THEN 1.0 WHEN v35 >= 0.0 THEN 0.0 ELSE v35 / (
    -25.0
  ) END AS v36,
  v40 IS NULL AS v41,
  CASE WHEN v43 >= c11 THEN 1.0 WHEN v43 <= 0.0 THEN 0.0 ELSE v43 / c11 END AS v44,
  CASE WHEN v47 >= c10 THEN 1.0 WHEN v47 <= 0.0 THEN 0.0 ELSE v47 / c10 END AS v48,
  CASE WHEN v59 <= v58 THEN 1.0 WHEN v59 >= 0.0 THEN 0.0 ELSE v59 / v58 END AS v60,
  v64 IS NULL AS v65,
  v85 IS NULL AS v86,
  v88 IS NULL AS v89,
  v91 IS NULL AS v92,
  v95 IS NULL AS v96,
  v98 IS NULL AS v99,
  CASE WHEN v100 >= c1 THEN 1.0 WHEN v100 <= 0.0 THEN 0.0 ELSE v100 / c1 END AS v101,
  v104 IS NULL AS v105,
  CASE WHEN v106 >= c0 THEN 1.0 WHEN v106 <= 0.0 THEN 0.0 ELSE v106 / c0 END AS v107
FROM og_2
),
og_4 AS (
SELECT
  *,
  v4 IS NULL AS v5,
  v8 IS NULL AS v9,
  v12 IS NULL AS v13,
  CAST(CASE WHEN v17 THEN 0.0 ELSE 3.0 END AS DOUBLE) AS v18,
  v29 OR (
    (
      m5 < v28
    ) OR (
      (
        0.0 - m5
      ) < v28
    )
  ) OR (
    (
      (
        m5 < 0.0
      ) AND (
        m5 >= v28
      )
    ) OR (
      (
        m5 > 10.0
      ) AND (
        m5 <= v2
      )
    )
  ) OR (
    (
      m6 < v28
    ) OR (
      (
        0.0 - m6
      ) < v28
    )
  ) OR (
    (
      (
        m6 < 0.0
      ) AND (
        m6 >= v28
      )
    ) OR (
      (
        m6 > 1.0
      ) AND (
        m6 <= v2
      )
    )
  ) OR (
    (
      m7 < v28
    ) OR (
      (
        0.0 - m7
      ) < v28
    )
  ) OR (
    (
      (
        m7 < 0.0
      ) AND (
        m7 >= v28
      )
    ) OR (
      (
        m7 > 1.0
      ) AND (
        m7 <= v2
      )
    )
  ) OR (
    (
      m8 < v28
    ) OR (
      (
        0.0 - m8
      ) < v28
    )
  ) OR (
    (
      m8 < 0.0
    ) AND (
      m8 >= v28
    )
  ) OR (
    (
      m9 < v28
    ) OR (
      (
        0.0 - m9
      ) < v28
    )
  ) AS v30,
  v36 IS NULL AS v37,
  CASE WHEN v41 THEN 0.0 ELSE c13 END AS v42,
  v44 IS NULL AS v45,
  v48 IS NULL AS v49,
  v60 IS NULL AS v61,
  CASE WHEN v65 THEN 0.0 ELSE c14 END AS v66,
  CASE WHEN v92 THEN 0.5 ELSE v91 END AS v93,
  v101 IS NULL AS v102,
  v107 IS NULL AS v108,
  CASE WHEN v92 THEN 0.0 ELSE v91 END AS v111,
  CASE WHEN v92 THEN 1.0 ELSE v91 END AS v121,
  CAST(CASE WHEN NOT v17 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v136,
  CAST(CASE WHEN NOT v41 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v139,
  CAST(CASE WHEN NOT v65 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v143
FROM og_3
),
og_5 AS (
SELECT
  *,
  CAST(CASE WHEN v5 THEN 0.0 ELSE 1.0 END AS DOUBLE) AS v6,
  CAST(CASE WHEN v9 THEN 0.0 ELSE 2.0 END AS DOUBLE) AS v10,
  CASE WHEN v13 THEN 0.0 ELSE c13 END AS v14,
  CASE WHEN v5 THEN 0.5 ELSE v4 END AS v24,
  CASE WHEN v9 THEN 0.5 ELSE v8 END AS v25,
  v30 OR (
    (
      m9 < 0.0
    ) AND (
      m9 >= v28
    )
  ) OR (
    (
      m10 < v28
    ) OR (
      (
        0.0 - m10
      ) < v28
    )
  ) OR (
    (
      (
        m10 < 1.0
      ) AND (
        m10 >= v28
      )
    ) OR (
      (
        m10 > 5.0
      ) AND (
        m10 <= v2
      )
    )
  ) OR (
    (
      m11 < v28
    ) OR (
      (
        0.0 - m11
      ) < v28
    )
  ) OR (
    (
      m11 < 0.0
    ) AND (
      m11 >= v28
    )
  ) OR (
    (
      m12 < v28
    ) OR (
      (
        0.0 - m12
      ) < v28
    )
  ) OR (
    (
      m12 < 0.0
    ) AND (
      m12 >= v28
    )
  ) OR (
    (
      m13 < v28
    ) OR (
      (
        0.0 - m13
      ) < v28
    )
  ) OR (
    (
      m13 < 0.0
    ) AND (
      m13 >= v28
    )
  ) OR (
    (
      m14 < v28
    ) OR (
      (
        0.0 - m14
      ) < v28
    )
  ) AS v31,
  CAST(CASE WHEN v37 THEN 0.0 ELSE 1.0 END AS DOUBLE) AS v38,
  CAST(CASE WHEN v45 THEN 0.0 ELSE 2.0 END AS DOUBLE) AS v46,
  CASE WHEN v49 THEN 0.0 ELSE c11 END AS v50,
  CASE WHEN v61 THEN 0.0 ELSE c15 END AS v62,
  CASE WHEN v9 THEN 0.0 ELSE c13 END AS v67,
  CASE WHEN v5 THEN 0.0 ELSE c11 END AS v68,
  CASE WHEN v5 THEN 0.0 ELSE v4 END AS v77,
  CASE WHEN v9 THEN 0.0 ELSE v8 END AS v78,
  CASE WHEN v108 THEN 0.5 ELSE v107 END * (
    CASE WHEN v105 THEN 0.5 ELSE v104 END * (
      CASE WHEN v102 THEN 0.5 ELSE v101 END * (
        CASE WHEN v99 THEN 0.5 ELSE v98 END * (
          (
            (
              1.0 - v93
            ) * CASE WHEN v96 THEN 0.5 ELSE v95 END
          ) + v93
        )
      )
    )
  ) * CASE WHEN v89 THEN 0.5 ELSE v88 END * CASE WHEN v86 THEN 0.5 ELSE v85 END AS v109,
  CASE WHEN v108 THEN 0.0 ELSE v107 END * (
    CASE WHEN v105 THEN 0.0 ELSE v104 END * (
      CASE WHEN v102 THEN 0.0 ELSE v101 END * (
        CASE WHEN v99 THEN 0.0 ELSE v98 END * (
          (
            (
              1.0 - v111
            ) * CASE WHEN v96 THEN 0.0 ELSE v95 END
          ) + v111
        )
      )
    )
  ) * CASE WHEN v89 THEN 0.0 ELSE v88 END * CASE WHEN v86 THEN 0.0 ELSE v85 END AS v112,
  CASE WHEN v5 THEN 1.0 ELSE v4 END AS v116,
  CASE WHEN v9 THEN 1.0 ELSE v8 END AS v117,
  CASE WHEN v108 THEN 1.0 ELSE v107 END * (
    CASE WHEN v105 THEN 1.0 ELSE v104 END * (
      CASE WHEN v102 THEN 1.0 ELSE v101 END * (
        CASE WHEN v99 THEN 1.0 ELSE v98 END * (
          (
            (
              1.0 - v121
            ) * CASE WHEN v96 THEN 1.0 ELSE v95 END
          ) + v121
        )
      )
    )
  ) * CASE WHEN v89 THEN 1.0 ELSE v88 END * CASE WHEN v86 THEN 1.0 ELSE v85 END AS v122,
  CAST(CASE WHEN NOT v5 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v133,
  CAST(CASE WHEN NOT v9 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v134,
  CAST(CASE WHEN NOT v13 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v135,
  CAST(CASE WHEN NOT v108 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v102 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v105 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v99 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v92 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v96 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v89 THEN 1.0 ELSE 0.0 END AS DOUBLE) + CAST(CASE WHEN NOT v86 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v137,
  CAST(CASE WHEN NOT v37 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v138,
  CAST(CASE WHEN NOT v45 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v140,
  CAST(CASE WHEN NOT v49 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v141,
  CAST(CASE WHEN NOT v61 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v142
FROM og_4
),
og_6 AS (
SELECT
  *,
  (
    v18 + v14 + v10 + v6
  ) > 0.0 AS v19,
  v31 OR (
    (
      (
        m14 < 0.0
      ) AND (
        m14 >= v28
      )
    ) OR (
      (
        m14 > 1.0
      ) AND (
        m14 <= v2
      )
    )
  ) OR (
    (
      m15 < v28
    ) OR (
      (
        0.0 - m15
      ) < v28
    )
  ) OR (
    (
      m15 < 0.0
    ) AND (
      m15 >= v28
    )
  ) OR (
    (
      m16 < v28
    ) OR (
      (
        0.0 - m16
      ) < v28
    )
  ) OR (
    (
      (
        m16 < 0.0
      ) AND (
        m16 >= v28
      )
    ) OR (
      (
        m16 > 1.0
      ) AND (
        m16 <= v2
      )
    )
  ) OR (
    (
      m17 < v28
    ) OR (
      (
        0.0 - m17
      ) < v28
    )
  ) OR (
    (
      m17 < 0.0
    ) AND (
      m17 >= v28
    )
  ) OR (
    (
      NOT v27
    ) AND (
      NOT v0
    )
  ) OR v27 AS v32,
  (
    v10 + v50 + v46 + v42 + v38
  ) > 0.0 AS v51,
  (
    v68 + v67 + v66 + v62
  ) > 0.0 AS v69,
  v78 * 2.0 AS v79,
  v117 * 2.0 AS v118
FROM og_5
),
og_7 AS (
SELECT
  *,
  CASE WHEN v19 THEN v6 ELSE 1.0 END AS v20,
  CASE WHEN v19 THEN v10 ELSE 2.0 END AS v21,
  CASE WHEN v19 THEN v14 ELSE c13 END AS v22,
  CASE WHEN v19 THEN v18 ELSE 3.0 END AS v23,
  CASE WHEN v32 OR (
    (
      NOT v26
    ) AND (
      NOT axis1 IN ('onboarding', 'adopting', 'scaling')
    )
  ) OR v26 THEN NULL ELSE c16 END AS v33,
  CASE WHEN v51 THEN v38 ELSE 1.0 END AS v52,
  CASE WHEN v51 THEN v42 ELSE c13 END AS v53,
  CASE WHEN v51 THEN v46 ELSE 2.0 END AS v54,
  CASE WHEN v51 THEN v50 ELSE c11 END AS v55,
  CASE WHEN v51 THEN v10 ELSE 2.0 END AS v56,
  CASE WHEN v69 THEN v62 ELSE c15 END AS v70,
  CASE WHEN v69 THEN v66 ELSE c14 END AS v71,
  CASE WHEN v69 THEN v67 ELSE c13 END AS v72,
  CASE WHEN v69 THEN v68 ELSE c11 END AS v73
FROM og_6
),
og_8 AS (
SELECT
  *,
  v33 = 2.0 AS v34,
  v33 = 1.0 AS v57,
  v33 = 0.0 AS v74,
  v33 IS NULL AS v125
FROM og_7
),
og_9 AS (
SELECT
  *,
  CASE WHEN v74 THEN (
    (
      v24 * v73
    ) + (
      v25 * v72
    ) + (
      CASE WHEN v65 THEN 0.5 ELSE v64 END * v71
    ) + (
      CASE WHEN v61 THEN 0.5 ELSE v60 END * v70
    )
  ) / (
    v73 + v72 + v71 + v70
  ) WHEN v57 THEN (
    (
      v25 * v56
    ) + (
      CASE WHEN v49 THEN 0.5 ELSE v48 END * v55
    ) + (
      CASE WHEN v45 THEN 0.5 ELSE v44 END * v54
    ) + (
      CASE WHEN v41 THEN 0.5 ELSE v40 END * v53
    ) + (
      CASE WHEN v37 THEN 0.5 ELSE v36 END * v52
    )
  ) / (
    v56 + v55 + v54 + v53 + v52
  ) WHEN v34 THEN (
    (
      CASE WHEN v17 THEN 0.5 ELSE v16 END * v23
    ) + (
      CASE WHEN v13 THEN 0.5 ELSE v12 END * v22
    ) + (
      v25 * v21
    ) + (
      v24 * v20
    )
  ) / (
    v23 + v22 + v21 + v20
  ) ELSE NULL END AS v75,
  CASE WHEN v74 THEN (
    (
      v77 * c11
    ) + (
      v78 * c13
    ) + (
      CASE WHEN v65 THEN 0.0 ELSE v64 END * c14
    ) + (
      CASE WHEN v61 THEN 0.0 ELSE v60 END * c15
    )
  ) / v81 WHEN v57 THEN (
    v79 + (
      CASE WHEN v49 THEN 0.0 ELSE v48 END * c11
    ) + (
      CASE WHEN v45 THEN 0.0 ELSE v44 END * 2.0
    ) + (
      CASE WHEN v41 THEN 0.0 ELSE v40 END * c13
    ) + (
      CASE WHEN v37 THEN 0.0 ELSE v36 END * 1.0
    )
  ) / v80 WHEN v34 THEN (
    (
      CASE WHEN v17 THEN 0.0 ELSE v16 END * 3.0
    ) + (
      CASE WHEN v13 THEN 0.0 ELSE v12 END * c13
    ) + v79 + (
      v77 * 1.0
    )
  ) / v76 ELSE NULL END AS v82,
  CASE WHEN v74 THEN v109 WHEN v57 THEN v109 WHEN v34 THEN v109 ELSE NULL END AS v110,
  CASE WHEN v74 THEN v112 WHEN v57 THEN v112 WHEN v34 THEN v112 ELSE NULL END AS v113,
  CASE WHEN v74 THEN (
    (
      v116 * c11
    ) + (
      v117 * c13
    ) + (
      CASE WHEN v65 THEN 1.0 ELSE v64 END * c14
    ) + (
      CASE WHEN v61 THEN 1.0 ELSE v60 END * c15
    )
  ) / v81 WHEN v57 THEN (
    v118 + (
      CASE WHEN v49 THEN 1.0 ELSE v48 END * c11
    ) + (
      CASE WHEN v45 THEN 1.0 ELSE v44 END * 2.0
    ) + (
      CASE WHEN v41 THEN 1.0 ELSE v40 END * c13
    ) + (
      CASE WHEN v37 THEN 1.0 ELSE v36 END * 1.0
    )
  ) / v80 WHEN v34 THEN (
    (
      CASE WHEN v17 THEN 1.0 ELSE v16 END * 3.0
    ) + (
      CASE WHEN v13 THEN 1.0 ELSE v12 END * c13
    ) + v118 + (
      v116 * 1.0
    )
  ) / v76 ELSE NULL END AS v119,
  CASE WHEN v74 THEN v122 WHEN v57 THEN v122 WHEN v34 THEN v122 ELSE NULL END AS v123,
  NOT v125 AS v131
FROM og_8
),
og_10 AS (
SELECT
  *,
  CASE WHEN v82 <= v75 THEN v82 WHEN v75 < v82 THEN v75 ELSE NULL END AS v83,
  CASE WHEN v113 <= v110 THEN v113 WHEN v110 < v113 THEN v110 ELSE NULL END AS v114,
  CASE WHEN v119 >= v75 THEN v119 WHEN v75 > v119 THEN v75 ELSE NULL END AS v120,
  CASE WHEN v123 >= v110 THEN v123 WHEN v110 > v123 THEN v110 ELSE NULL END AS v124,
  CAST(CASE WHEN v131 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v132,
  CASE WHEN (
    CASE WHEN v74 THEN v133 + v134 + v143 + v142 WHEN v57 THEN v134 + v141 + v140 + v139 + v138 WHEN v34 THEN v136 + v135 + v134 + v133 ELSE NULL END / c17
  ) < 0.5 THEN NULL ELSE v75 END AS v144,
  CASE WHEN (
    CASE WHEN v74 THEN v137 WHEN v57 THEN v137 WHEN v34 THEN v137 ELSE NULL END / 8.0
  ) < 0.5 THEN NULL ELSE v110 END AS v145,
  v110 * v75 AS v150,
  v123 * v119 AS v152
FROM og_9
),
og_11 AS (
SELECT
  *,
  CASE WHEN (
    v114 IS NULL
  ) OR (
    v83 IS NULL
  ) THEN 'uncertain' WHEN v114 < 0.499999999 THEN 'failing' WHEN v83 < 0.499999999 THEN 'tolerating' ELSE 'successful' END AS v115,
  v145 * v144 AS v146,
  CASE WHEN v74 THEN v150 WHEN v57 THEN v150 WHEN v34 THEN v150 ELSE NULL END AS v151,
  CASE WHEN v74 THEN v152 WHEN v57 THEN v152 WHEN v34 THEN v152 ELSE NULL END AS v153,
  v114 * v83 AS v154,
  v145 * (
    1.0 - v144
  ) AS v155,
  1.0 - v145 AS v156
FROM og_10
),
og_12 AS (
SELECT
  *,
  CASE WHEN v125 THEN NULL WHEN v115 = CASE WHEN (
    v124 IS NULL
  ) OR (
    v120 IS NULL
  ) THEN 'uncertain' WHEN v124 < 0.499999999 THEN 'failing' WHEN v120 < 0.499999999 THEN 'tolerating' ELSE 'successful' END THEN v115 ELSE 'uncertain' END AS v126,
  CASE WHEN v74 THEN v146 WHEN v57 THEN v146 WHEN v34 THEN v146 ELSE NULL END AS v147
FROM og_11
),
og_13 AS (
SELECT
  *,
  CAST(CASE WHEN v126 = 'successful' THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v127,
  CAST(CASE WHEN v126 = 'uncertain' THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v128,
  CAST(CASE WHEN v126 = 'tolerating' THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v129,
  CAST(CASE WHEN v126 = 'failing' THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v130,
  NOT (
    v147 IS NULL
  ) AS v148
FROM og_12
),
og_14 AS (
SELECT
  *,
  CAST(CASE WHEN v148 THEN 1.0 ELSE 0.0 END AS DOUBLE) AS v149
FROM og_13
)
SELECT
  v1 AS "segment",
  TRUE AS "ideal",
  CAST(SUM(1.0) AS BIGINT) AS "customers",
  CAST(SUM(CAST(CASE WHEN v131 AND (
    NOT v148
  ) THEN 1.0 ELSE 0.0 END AS DOUBLE)) AS BIGINT) AS "need_data",
  CAST(SUM(CAST(CASE WHEN v131 THEN 0.0 ELSE 1.0 END AS DOUBLE)) AS BIGINT) AS "set_aside",
  SUM(v132) AS "weight",
  SUM(v147 * v149) / NULLIF(SUM(v149), 0.0) AS "desired",
  SUM((
    1.0 - v147
  ) * v149) / NULLIF(SUM(v149), 0.0) AS "gap",
  SUM(v145 * v149) / NULLIF(SUM(v149), 0.0) AS "required",
  SUM(v144 * v149) / NULLIF(SUM(v149), 0.0) AS "experience",
  SUM(CASE WHEN v74 THEN v156 WHEN v57 THEN v156 WHEN v34 THEN v156 ELSE NULL END * v149) / NULLIF(SUM(v149), 0.0) AS "required_gap",
  SUM(CASE WHEN v74 THEN v155 WHEN v57 THEN v155 WHEN v34 THEN v155 ELSE NULL END * v149) / NULLIF(SUM(v149), 0.0) AS "experience_gap",
  SUM(CASE WHEN v74 THEN v154 WHEN v57 THEN v154 WHEN v34 THEN v154 ELSE NULL END * v149) / NULLIF(SUM(v149), 0.0) AS "low",
  SUM(CASE WHEN v153 >= v151 THEN v153 WHEN v151 > v153 THEN v151 ELSE NULL END * v149) / NULLIF(SUM(v149), 0.0) AS "high",
  SUM((
    CASE WHEN v74 THEN v137 + v133 + v134 + v143 + v142 WHEN v57 THEN v137 + v134 + v141 + v140 + v139 + v138 WHEN v34 THEN v137 + v136 + v135 + v134 + v133 ELSE NULL END / c18
  ) * v132) / NULLIF(SUM(v132), 0.0) AS "coverage",
  SUM(v130 * v132) / NULLIF(SUM(v132), 0.0) AS "share_failing",
  SUM(v129 * v132) / NULLIF(SUM(v132), 0.0) AS "share_tolerating",
  SUM(v128 * v132) / NULLIF(SUM(v132), 0.0) AS "share_uncertain",
  SUM(v127 * v132) / NULLIF(SUM(v132), 0.0) AS "share_successful",
  CAST(SUM(v130) AS BIGINT) AS "count_failing",
  CAST(SUM(v129) AS BIGINT) AS "count_tolerating",
  CAST(SUM(v128) AS BIGINT) AS "count_uncertain",
  CAST(SUM(v127) AS BIGINT) AS "count_successful"
FROM og_14
GROUP BY
  v1
